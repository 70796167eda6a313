"""Groups of women, youth and people with disabilities."""
