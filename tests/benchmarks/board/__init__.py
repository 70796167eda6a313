"""A board that shows what desks entered: the smallest service that keeps figures of another's events."""
