"""What is told about a fund from outside its books: revenue, the bank, closed quarters, the minister's word."""
