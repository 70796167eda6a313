"""Groups that borrow: registered with their members, verified by another officer; one for each person."""
