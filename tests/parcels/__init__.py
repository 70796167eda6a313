"""A parcel office: the smallest service that uses every part of the chassis, for the chassis's own tests."""
