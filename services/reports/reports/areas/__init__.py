"""The areas that figures are told for."""
