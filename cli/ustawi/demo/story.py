"""The story in its order: what each chapter needs from those before it, and what is checked at the end."""
