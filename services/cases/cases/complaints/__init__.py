"""Complaints, opinions and questions of citizens: received, acknowledged, answered."""
