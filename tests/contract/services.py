"""The four services and the contracts that they have committed, as the tests here look at them."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import fastjsonschema
import marshmallow as ma

from chassis.contracts.folder import folder_of
from chassis.schemas import fields
from chassis.service import Service

NAMES = ("registry", "loans", "cases", "reports")


@cache
def service(name: str) -> Service:
    """A service by its name."""
    found: Service = import_module(f"{name}.service").SERVICE
    return found


def contract(name: str) -> Path:
    """The folder of a service's committed contract."""
    return folder_of(service(name))


@cache
def event_schemas(name: str) -> dict[str, dict[str, Any]]:
    """The committed envelope schemas of a service's events, by type."""
    return _read(contract(name) / "events", ".schema.json")


@cache
def event_examples(name: str) -> dict[str, dict[str, Any]]:
    """The committed example envelopes of a service's events, by type."""
    return _read(contract(name) / "events", ".example.json")


def _read(folder: Path, suffix: str) -> dict[str, dict[str, Any]]:
    paths = sorted(folder.glob(f"*{suffix}"))
    return {path.name.removesuffix(suffix): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def checker(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """What a JSON Schema says against a document, or None."""
    validate = fastjsonschema.compile(schema, use_default=False)

    def fault(document: Any) -> str | None:
        try:
            validate(document)
        except fastjsonschema.JsonSchemaValueException as error:
            return str(error.message)
        return None

    return fault


def fields_within(schema: ma.Schema, path: str = "") -> Iterator[tuple[str, ma.fields.Field[Any]]]:
    """Every field of a schema with its path, those within lists, maps and nested objects too."""
    for name, field in schema.fields.items():
        yield from _within(field, f"{path}{field.data_key or name}")


def _within(field: Any, path: str) -> Iterator[tuple[str, ma.fields.Field[Any]]]:
    yield path, field
    if isinstance(field, fields.Items):
        yield from _within(field.inner, f"{path}[]")
    elif isinstance(field, fields.Map):
        yield from _within(field.value_field, f"{path}{{}}")
    elif isinstance(field, fields.Nested):
        yield from fields_within(field.schema, f"{path}.")
