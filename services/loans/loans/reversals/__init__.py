"""A payment that never was: its opposite is booked, and the loan stands as its other payments say."""
