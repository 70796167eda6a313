"""Loans, approvals and money that follow areas: wards that move, councils that are split or merged."""
