"""What is personal: names, birth dates and national ids of members and collaborators."""
