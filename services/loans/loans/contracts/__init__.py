"""The contract of a loan: what each member is liable for, frozen at signature."""
