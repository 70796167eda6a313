"""How a model says no: a code for programs and a sentence for the officer."""

from collections.abc import Mapping
from typing import Any


class RuleBroken(Exception):
    """A rule of the domain refuses the command; the chassis answers it as `Refused`."""

    def __init__(self, code: str, message: str, fields: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        super().__init__(f"{code}: {message}")
