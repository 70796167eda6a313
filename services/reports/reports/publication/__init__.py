"""What of the figures about people in cases and complaints may be published, and what must stay unsaid."""
