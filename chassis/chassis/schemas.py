"""What comes in, what goes out, what is published: marshmallow schemas with strict, bounded fields.

Inputs refuse what they do not know; readers of foreign events ignore it. A number is a JSON integer, never a
float, a string or a boolean; a text is NFC, free of control characters, and of bounded length.
"""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import EXCLUDE, RAISE, ValidationError, validate
from marshmallow import fields as _ma

MAX_MONEY = 9_000_000_000_000_000  # below 2**53, so that every JSON reader holds it exactly


class Schema(ma.Schema):
    """The shape of a command's or query's body, or of its reply. `example` is a body that validates."""

    example: ClassVar[dict[str, Any]]

    class Meta:
        unknown = RAISE

    def read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Validate `body`; every field of the schema is in the answer, left-out ones as None."""
        loaded: dict[str, Any] = self.load(dict(body))
        return {name: loaded.get(name) for name in self.fields}


class Event(Schema):
    """A fact that a service publishes: `type` in the past tense, data of ids, codes and figures alone."""

    type: ClassVar[str]
    version: ClassVar[int] = 1


class Reader(ma.Schema):
    """A tolerant reader of a foreign event: takes what it needs and ignores the rest."""

    class Meta:
        unknown = EXCLUDE

    @classmethod
    def read(cls, event: Any) -> dict[str, Any]:
        """The event's data, typed; fields that the event leaves out are None."""
        schema = _reader(cls)
        loaded: dict[str, Any] = schema.load(event.data)
        return {name: loaded.get(name) for name in schema.fields}


_readers: dict[type[Reader], Reader] = {}


def _reader(cls: type[Reader]) -> Reader:
    if cls not in _readers:
        _readers[cls] = cls()
    return _readers[cls]


class _Optional:
    """A field left out or null is None, unless it is required."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("load_default", None)
            kwargs.setdefault("allow_none", True)
        super().__init__(*args, **kwargs)


class Id(_Optional, _ma.Field[uuid.UUID]):
    """A UUID in its usual text form."""

    default_error_messages = {"invalid": "Give a UUID such as 018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f."}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        if isinstance(value, uuid.UUID):
            return value
        if not isinstance(value, str) or len(value) != 36:
            raise self.make_error("invalid")
        try:
            read = uuid.UUID(value)
        except ValueError:
            raise self.make_error("invalid") from None
        if str(read) != value.lower():  # braces, odd dashes and the like: one id, one spelling
            raise self.make_error("invalid")
        return read


class Count(_Optional, _ma.Field[int]):
    """A whole number within bounds: a JSON integer and nothing else."""

    default_error_messages = {
        "invalid": "Give a whole number, without quotes, point or exponent.",
        "range": "Give a whole number from {min:,} to {max:,}.",
    }

    def __init__(self, *, min: int = 0, max: int = 1_000_000_000, **kwargs: Any) -> None:
        self.min, self.max = min, max
        super().__init__(**kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> int | None:
        return None if value is None else int(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        if not self.min <= value <= self.max:
            raise self.make_error("range", min=self.min, max=self.max)
        return value


class Money(Count):
    """An amount in the smallest unit that circulates (TZS, IDR, VND: the unit itself), at least 1 unless told."""

    def __init__(self, *, min: int = 1, max: int = MAX_MONEY, **kwargs: Any) -> None:
        super().__init__(min=min, max=max, **kwargs)


class Day(_Optional, _ma.Field[date]):
    """A local calendar date, `YYYY-MM-DD`."""

    default_error_messages = {"invalid": "Give a date as YYYY-MM-DD."}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value if value is None or isinstance(value, str) else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if not isinstance(value, str) or len(value) != 10:
            raise self.make_error("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None
        if day.isoformat() != value or not 1900 <= day.year <= 2200:
            raise self.make_error("invalid")
        return day


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Moment(_Optional, _ma.Field[datetime]):
    """A moment with its offset (RFC 3339); kept in UTC."""

    default_error_messages = {"invalid": "Give a moment with its offset, such as 2026-02-03T08:15:00+03:00."}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value if value is None or isinstance(value, str) else value.astimezone(UTC).isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None
        if moment.tzinfo is None or not 1900 <= moment.year <= 2200:
            raise self.make_error("invalid")
        return moment.astimezone(UTC)


# Controls, lone surrogates, private use; and the marks that turn the direction of what follows.
_BARRED = {"Cc", "Cs", "Co", "Cn"}
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")


class Text(_Optional, _ma.Field[str]):
    """Free text: NFC, trimmed, bounded, no control characters.

    With `lines` it may have tabs and line breaks, of which CR LF and CR become LF.
    """

    default_error_messages = {
        "invalid": "Give a text.",
        "length": "Give a text of {min} to {max} characters.",
        "characters": "Leave out control and direction characters.",
    }

    def __init__(self, *, min: int = 1, max: int = 200, lines: bool = False, **kwargs: Any) -> None:
        self.min, self.max, self.lines = min, max, lines
        super().__init__(**kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > 4 * self.max + 16:  # before any work on it
            raise self.make_error("length", min=self.min, max=self.max)
        text = unicodedata.normalize("NFC", value).strip()
        if self.lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not self.min <= len(text) <= self.max:
            raise self.make_error("length", min=self.min, max=self.max)
        kept = text.replace("\n", "").replace("\t", "") if self.lines else text
        plain = kept.isascii() and kept.isprintable()  # the common case, and quickly told
        if not plain and any(unicodedata.category(c) in _BARRED or c in _TURNING for c in kept):
            raise self.make_error("characters")
        return text


class Code(Text):
    """A code of a coded list or of another system: kept to the letter."""

    def __init__(self, *, min: int = 1, max: int = 64, **kwargs: Any) -> None:
        super().__init__(min=min, max=max, **kwargs)
        letters = validate.Regexp(r"^[\w./\- ]+\Z", error="Give a code of letters, digits and . _ / - only.")
        self.validators = [*self.validators, letters]


class Choice(_Optional, _ma.Field[str]):
    """One word of a short, fixed list."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        self.choices = list(choices)
        super().__init__(**kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValidationError(f"Give one of: {', '.join(self.choices)}.")
        return value


class Flag(_Optional, _ma.Field[bool]):
    """True or false, and nothing that merely looks like it."""

    default_error_messages = {"invalid": "Give true or false."}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> bool | None:
        return None if value is None else bool(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


class Items(_Optional, _ma.List[Any]):
    """A list of bounded length."""

    def __init__(self, inner: Any, *, min: int = 0, max: int = 200, **kwargs: Any) -> None:
        self.min_items, self.max_items = min, max
        super().__init__(cls_or_instance=inner, **kwargs)
        self.inner.allow_none = False

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("Give a list.")
        if not self.min_items <= len(value) <= self.max_items:
            raise ValidationError(f"Give {self.min_items} to {self.max_items} items.")
        return super()._deserialize(value, attr, data, **kwargs)


class Map(_Optional, _ma.Dict):
    """A mapping of bounded size, its keys and values typed."""

    def __init__(self, keys: Any, values: Any, *, max: int = 50, **kwargs: Any) -> None:
        self.max_items = max
        super().__init__(keys=keys, values=values, **kwargs)
        for inner in (self.key_field, self.value_field):
            if inner is not None:
                inner.allow_none = False

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError("Give an object.")
        if len(value) > self.max_items:
            raise ValidationError(f"Give at most {self.max_items} entries.")
        return super()._deserialize(value, attr, data, **kwargs)


class Nested(_Optional, _ma.Nested):
    """An object of another schema; what is unknown in it is refused too."""


class Receipt(_ma.Field[str]):
    """A receipt code in a reply: worked out from the command id each time, so that only its hash is ever kept."""

    def __init__(self, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(**kwargs)


class Anything(_Optional, _ma.Raw):
    """A JSON value of the service's own making: for replies, never for input."""


class fields:
    """The field types, under one name."""

    Id, Count, Money, Day, Moment, Text, Code = Id, Count, Money, Day, Moment, Text, Code
    Choice, Flag, Items, Map, Nested = Choice, Flag, Items, Map, Nested
    Receipt, Anything = Receipt, Anything
