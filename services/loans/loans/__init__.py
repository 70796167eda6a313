"""The council's 10 % fund: what is set aside, lent to groups of women, youth and people with disabilities, and repaid."""
