"""The board publishes nothing."""
