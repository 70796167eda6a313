"""What goes wrong with backups, told to operations."""

from ustawi.local.errors import LocalError


class BackupError(LocalError):
    """A backup cannot be taken, read or trusted; the message says what to do."""
