from chassis.console import main

if __name__ == "__main__":
    main("desk.service:SERVICE")
