"""Countries: time zone, currency, fiscal year, languages, levels of areas, public holidays."""
