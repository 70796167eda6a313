"""Fiscal years, quarters and the stretches of time that figures are kept by."""
