"""Loan products: those of the country's rules, and those that a country or council has defined since."""
