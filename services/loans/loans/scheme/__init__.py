"""Whether the scheme lends: by the dated rules, and by what was announced for an area since."""
