"""Whether a council sets aside what the law asks for, and whether the money is in its special account."""
