"""The council's 10 % fund: set aside, lent to groups of women, youth and people with disabilities, repaid."""
