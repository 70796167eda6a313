"""Loans that are given up, by two persons, and what still comes in of them."""
