"""Errors that callers know by name.

They travel over RPC as `exc_args=[{"code", "message", "fields"}]`. The code is for programs, the message tells
the officer what to do next; neither ever holds a personal word, SQL or a stack.
"""

from collections.abc import Mapping
from typing import Any


class ChassisError(Exception):
    """A refusal that the caller is told about, word for word."""

    def __init__(
        self, code: str | Mapping[str, Any], message: str = "", fields: Mapping[str, Any] | None = None
    ):
        if not isinstance(code, str):  # how nameko's client builds it again from `exc_args`
            message, fields, code = str(code["message"]), code.get("fields"), str(code["code"])
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        super().__init__({"code": self.code, "message": self.message, "fields": self.fields})

    def __str__(self) -> str:
        """All that a plain nameko client is shown, so the fields are in it."""
        named = "; ".join(f"{name}: {value}" for name, value in self.fields.items())
        return f"{self.code}: {self.message}" + (f" ({named})" if named else "")


class Invalid(ChassisError):
    """What was sent cannot be read as this command: mend the fields named."""


class Unauthenticated(ChassisError):
    """No token, or one that proves nothing."""


class Forbidden(ChassisError):
    """The caller is known, and may not do this."""


class NotFound(ChassisError):
    """No such record, or none that the caller may know of: the two answer alike."""


class Conflict(ChassisError):
    """The state moved on, or the key is taken: read again before another try."""


class Refused(ChassisError):
    """A rule of the domain says no, and says why."""


class Unavailable(ChassisError):
    """Not now: repeat with the same `command_id`."""


BY_NAME: dict[str, type[ChassisError]] = {
    cls.__name__: cls
    for cls in (Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Refused, Unavailable)
}
