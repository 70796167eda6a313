from chassis.console import main

if __name__ == "__main__":
    main("board.service:SERVICE")
