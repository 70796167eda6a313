"""`python -m ustawi`."""

from ustawi.main import main

if __name__ == "__main__":
    main()
