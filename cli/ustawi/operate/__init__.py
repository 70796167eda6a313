"""Looking after what flows between services: outboxes, streams, parked events, unreadable messages."""
