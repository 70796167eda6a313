"""How a pure rule says no, without knowing who asked."""

from collections.abc import Mapping
from typing import Any


class RuleBroken(Exception):
    """A rule of the scheme forbids it: `code` is for programs, `message` tells what to do next."""

    def __init__(self, code: str, message: str, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
