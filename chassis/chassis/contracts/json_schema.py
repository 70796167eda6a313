"""JSON Schema of our own marshmallow schemas: the same bounds, so that any language can check what we check.

Only keywords with the same meaning in drafts 07 and 2020-12 are used, and patterns that Python and ECMAScript
read alike. Where a rule cannot be said so, the contract is the narrower of the two: what it admits, we take.
"""

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import RAISE, missing, validate

from chassis.schemas import Count, fields

ID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
DAY = r"^(19[0-9]{2}|2[01][0-9]{2}|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
MOMENT = f"{DAY[:-1]}T{TIME}"
RECEIPT = r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"

# Controls, marks that turn the direction, private use: as `Text` bars them. Lone surrogates and code points
# that Unicode has not assigned are barred too, and no portable pattern can say so.
_BARRED = r"\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufeff"
_LINE = rf"[^\u0000-\u001f{_BARRED}]"
_LINES = rf"[^\u0000-\u0008\u000b-\u001f{_BARRED}]"
# "Word characters" are another set in each language of programs; these are the Latin ones.
_CODE = r"[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff_./\- ]"
_CODE_CHECK = r"^[\w./\- ]+\Z"


class Untellable(Exception):
    """A schema says something that has no counterpart in a contract: say it with the chassis's own fields."""


def object_schema(schema: type[ma.Schema] | ma.Schema, *, takes: bool) -> dict[str, Any]:
    """The JSON Schema of an object that a schema reads (`takes`), or of one that it writes.

    What is read may hold nothing unknown, where the schema says so. What is written may grow: readers ignore
    what they do not know. Raises `Untellable`.
    """
    instance = schema() if isinstance(schema, type) else schema
    shown = {field.data_key or name: field for name, field in instance.fields.items()}
    told: dict[str, Any] = {"type": "object"}
    if about := _about(type(instance)):
        told["description"] = about
    told["properties"] = {
        name: _told(field, takes, f"{type(instance).__name__}.{name}")
        for name, field in sorted(shown.items())
    }
    if required := sorted(name for name, field in shown.items() if field.required):
        told["required"] = required
    if takes and instance.unknown == RAISE:
        told["additionalProperties"] = False
    return told


def _about(schema: type[ma.Schema]) -> str:
    """The schema's own docstring in one line; not one that it inherits."""
    return " ".join((schema.__dict__.get("__doc__") or "").split())


def _told(field: Any, takes: bool, where: str) -> dict[str, Any]:
    teller = _TELLERS.get(type(field))
    if teller is None:
        raise Untellable(f"{where}: {type(field).__name__} is none of the chassis's fields")
    if any(not _is_code_check(field, validator) for validator in field.validators):
        raise Untellable(f"{where}: a validator of its own; use a field's bounds instead")
    told = teller(field, takes, where)
    if field.allow_none and told:
        told["type"] = [told["type"], "null"]
        if "enum" in told:
            told["enum"] = [*told["enum"], None]
    default = field.load_default() if callable(field.load_default) else field.load_default
    if takes and default is not missing and default is not None:
        told["default"] = field._serialize(default, None, None)
    return told


def _is_code_check(field: Any, validator: Any) -> bool:
    return (
        isinstance(field, fields.Code)
        and isinstance(validator, validate.Regexp)
        and validator.regex.pattern == _CODE_CHECK
    )


# -- One field each: (field, takes, where) -> schema of a value that is not null


def _id(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return {"type": "string", "format": "uuid", "pattern": ID}


def _count(field: Count, takes: bool, where: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": field.min, "maximum": field.max}


def _day(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return {"type": "string", "format": "date", "pattern": DAY}


def _moment(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return {"type": "string", "format": "date-time", "pattern": MOMENT}


def _text(field: Any, takes: bool, where: str) -> dict[str, Any]:
    allowed = _LINES if field.lines else _LINE
    return _bounded_text(field, f"^{_not_only_space(field.min)}{allowed}*$")


def _code(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return _bounded_text(field, f"^{_not_only_space(max(1, field.min))}{_CODE}+$")


def _bounded_text(field: Any, pattern: str) -> dict[str, Any]:
    return {"type": "string", "minLength": field.min, "maxLength": field.max, "pattern": pattern}


def _not_only_space(least: int) -> str:
    """Space around a text does not count: from the first to the last that is none, `least` characters."""
    if least == 0:
        return ""
    return r"(?=[\s\S]*\S)" if least == 1 else rf"(?=[\s\S]*\S[\s\S]{{{least - 2},}}\S)"


def _choice(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return {"type": "string", "enum": [str(choice) for choice in field.choices]}


def _flag(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return {"type": "boolean"}


def _items(field: Any, takes: bool, where: str) -> dict[str, Any]:
    return {
        "type": "array",
        "minItems": field.min_items,
        "maxItems": field.max_items,
        "items": _told(field.inner, takes, f"{where}[]"),
    }


def _map(field: Any, takes: bool, where: str) -> dict[str, Any]:
    keys = (
        _TELLERS[type(field.key_field)](field.key_field, takes, where)
        if field.key_field
        else {"type": "string"}
    )
    if keys["type"] != "string":
        raise Untellable(f"{where}: keys of JSON objects are texts")
    return {
        "type": "object",
        "maxProperties": field.max_items,
        "propertyNames": keys,
        "additionalProperties": _told(field.value_field, takes, f"{where}{{}}")
        if field.value_field
        else True,
    }


def _nested(field: Any, takes: bool, where: str) -> dict[str, Any]:
    told = object_schema(field.schema, takes=takes)
    if takes and field.unknown not in (None, RAISE):
        told.pop("additionalProperties", None)
    return {"type": "array", "items": told} if field.many else told


def _receipt(field: Any, takes: bool, where: str) -> dict[str, Any]:
    if takes:
        raise Untellable(f"{where}: a receipt is given, never taken")
    return {"type": "string", "pattern": RECEIPT}


def _anything(field: Any, takes: bool, where: str) -> dict[str, Any]:
    if takes:
        raise Untellable(f"{where}: what comes in has a shape")
    return {}


_TELLERS: dict[type, Callable[[Any, bool, str], dict[str, Any]]] = {
    fields.Id: _id,
    fields.Count: _count,
    fields.Money: _count,
    fields.Day: _day,
    fields.Moment: _moment,
    fields.Text: _text,
    fields.Code: _code,
    fields.Choice: _choice,
    fields.Flag: _flag,
    fields.Items: _items,
    fields.Map: _map,
    fields.Nested: _nested,
    fields.Receipt: _receipt,
    fields.Anything: _anything,
}
