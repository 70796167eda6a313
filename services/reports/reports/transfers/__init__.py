"""What goes from one council to another when areas change."""
