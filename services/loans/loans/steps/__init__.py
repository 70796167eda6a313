"""The steps from an application to its loan, as the dated rules have them."""
