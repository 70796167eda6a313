"""JSON as RFC 8259 has it and not a bit more: no NaN, no repeated names, no bottomless nesting."""

import json
import re
from typing import Any

_SURROGATE = re.compile(r"\\u[dD][89abcdefABCDEF]")


class Unreadable(ValueError):
    """Why a text is not JSON that we take, in words that quote none of it."""


def loads(text: bytes | str) -> Any:
    """Read strict JSON in UTF-8; raises `Unreadable`."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        read = _decoder.decode(text)
        if _SURROGATE.search(text):
            json.dumps(
                read, ensure_ascii=False
            ).encode()  # a pair is a character; half of one cannot be written
        return read
    except Unreadable:
        raise
    except UnicodeError:
        raise Unreadable("it is not UTF-8, or holds half a character") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError:  # also an integer of thousands of digits
        raise Unreadable("it does not parse") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Unreadable("a name stands twice in one object")
    return read


def _constant(_: str) -> Any:
    raise Unreadable("NaN and Infinity are not numbers")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
