"""Loans as their officers look at them: balance, schedule, statement."""
