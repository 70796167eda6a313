"""How the pure models say no; the chassis answers it to the caller as `Refused`."""

from collections.abc import Mapping
from typing import Any


class RuleBroken(Exception):
    """A rule of the domain says no: a code for programs, and what the officer should do next."""

    def __init__(self, code: str, message: str, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.message = code, message
        self.fields = dict(fields or {})
