"""Everything that must be there before a service starts: secrets, keys, databases, rights on the broker.

All of it can be run again at any time: what exists is kept, what is missing is made.
"""
