"""Whether what one side promises to write is all that the other side needs to read."""

from collections.abc import Iterator, Mapping
from typing import Any

from contract.services import checker

# A text of the second kind may hold anything that one of the first kind does.
_NARROWER = (
    {("code", "text"), ("code", "lines"), ("text", "lines")}
    | {(exact, wide) for exact in ("uuid", "date") for wide in ("code", "text", "lines")}
    | {("date-time", "text"), ("date-time", "lines")}
)


def clashes(read: Mapping[str, Any], written: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Where a value that satisfies `written` could fail `read`: a line each, by schemas of our making."""
    if not read:
        return
    if extra := _types(written) - _types(read):
        yield f"{at}: may be {' or '.join(sorted(extra))}"
    elif "enum" in written:
        fault = checker(dict(read))
        yield from (f"{at}: {value!r} may come" for value in written["enum"] if fault(value))
    elif "enum" in read:
        yield f"{at}: words may come that are not in the list"
    else:
        yield from _bounds(read, written, at)
        yield from _kinds(read, written, at)
        if "array" in _types(written):
            yield from clashes(read.get("items", {}), written.get("items", {}), f"{at}[]")
        if "object" in _types(written):
            yield from _objects(read, written, at)


def _types(schema: Mapping[str, Any]) -> set[str]:
    told = schema.get("type", ["null", "boolean", "integer", "string", "array", "object"])
    return {told} if isinstance(told, str) else set(told)


def _bounds(read: Mapping[str, Any], written: Mapping[str, Any], at: str) -> Iterator[str]:
    for word in ("minimum", "minLength", "minItems"):
        if word in read and written.get(word, float("-inf")) < read[word]:
            yield f"{at}: {word} {written.get(word)} is below {read[word]}"
    for word in ("maximum", "maxLength", "maxItems", "maxProperties"):
        size = (
            len(written["properties"])
            if word == "maxProperties" and "properties" in written
            else float("inf")
        )
        if word in read and written.get(word, size) > read[word]:
            yield f"{at}: {word} {written.get(word)} is above {read[word]}"


def _kinds(read: Mapping[str, Any], written: Mapping[str, Any], at: str) -> Iterator[str]:
    wanted, given = _kind(read), _kind(written)
    if wanted is not None and wanted != given and (given, wanted) not in _NARROWER:
        yield f"{at}: a {wanted} is read and a {given} is written"


def _kind(schema: Mapping[str, Any]) -> str | None:
    if "format" in schema:
        return str(schema["format"])
    pattern = schema.get("pattern", "")
    if pattern.endswith("+$"):
        return "code"
    if pattern.endswith("*$"):
        return "lines" if r"\u0000-\u0008" in pattern else "text"
    return None


def _objects(read: Mapping[str, Any], written: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(read.get("additionalProperties"), Mapping):  # a map is read
        shown = written.get("properties", {"*": written.get("additionalProperties", {})})
        for name, value in shown.items():
            yield from clashes(read["additionalProperties"], value, f"{at}.{name}")
        return
    for name in sorted(set(read.get("required", ())) - set(written.get("required", ()))):
        yield f"{at}.{name}: needed, and not always written"
    for name, wanted in read.get("properties", {}).items():
        if name in written.get("properties", {}):
            yield from clashes(wanted, written["properties"][name], f"{at}.{name}")
        else:
            yield f"{at}.{name}: read, and never written"
