"""Citizens' complaints: received, acknowledged, answered, in time or late, unanswered past their promise."""
