"""What the local ground reports to the person at the keyboard."""


class LocalError(Exception):
    """Something on this machine is not as needed; the message says what to do."""
