"""The register: countries and their calendars, areas, borrowing groups, organisations, collaborators."""
