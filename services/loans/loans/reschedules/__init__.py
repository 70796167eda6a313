"""Loans that are put off: new terms beside those of the contract, and at risk ever after."""
