"""Our own copy of the groups that the registry knows: place, kind, state and member ids."""
