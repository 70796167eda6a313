"""What is late: by how much, since when, and how much of the portfolio is at risk."""
