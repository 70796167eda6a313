"""The word of the ward's committee, and the assessment of the technical committee with its visit."""
