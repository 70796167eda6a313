"""Social-work collaborators: appointed, gone, serving at any date."""
