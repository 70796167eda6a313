"""What every service has: a page about it, roles, a contract and a reader for each event, permissions."""

import ast
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from architecture.source import NAMES, ROOT, Module, plant, services
from chassis.auth import Roles
from chassis.contracts.documents import subject_field
from chassis.service import Service
from parcels.depot import SERVICE as DEPOT
from parcels.service import SERVICE as PARCELS

# Reviewed: what the public may ask without a token, and nothing else.
PUBLIC = {
    "cases": {
        "complaint_by_receipt",  # who holds the receipt code may see how the complaint stands
        "complaint_lists",  # kinds, channels, and the bodies outside that one may turn to
    },
    "reports": {
        "indicators",  # what each published figure means
        "indicator",  # a figure as it may be published, small numbers suppressed; more with a token
        "freshness",  # how old the figures are
        "fund_statement",  # a quarter of public money: pots of a council, never a loan or a group
    },
}
FILES = (
    "README.md",
    "pyproject.toml",
    "contracts/asyncapi.yaml",
    "{name}/rules/roles.yaml",
    "{name}/migrations",
)


def all_services() -> list[Service]:
    return [import_module(f"{name}.service").SERVICE for name in NAMES]


# -- Files


def lacking(root: Path, names: Iterable[str] = NAMES) -> list[str]:
    """Files that a service should have and has not, and pages that say nothing."""
    found = []
    for name in names:
        for file in FILES:
            path = root / "services" / name / file.format(name=name)
            if not path.exists() or (path.is_file() and not path.read_text(encoding="utf-8").strip()):
                found.append(path.relative_to(root).as_posix())
    return found


def test_every_service_presents_itself_and_has_roles() -> None:
    found = lacking(ROOT)
    assert not found, "\n".join(found)
    for name in NAMES:
        Roles.load(ROOT / "services" / name / name / "rules" / "roles.yaml")


def test_a_file_that_is_not_there_or_empty_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "services/loans/README.md", " \n")
    plant(tmp_path, "services/loans/pyproject.toml", "[project]")
    assert lacking(tmp_path, ["loans"]) == [
        "services/loans/README.md",
        "services/loans/contracts/asyncapi.yaml",
        "services/loans/loans/rules/roles.yaml",
        "services/loans/loans/migrations",
    ]


# -- Events


def incomplete(published: Iterable[Service]) -> list[str]:
    """Events that lack a committed schema or an example of their own."""
    found = []
    for service in published:
        folder = service.folder.parent / "contracts" / "events"
        for type, event in service.published.items():
            if (
                not (folder / f"{type}.schema.json").is_file()
                or not (folder / f"{type}.example.json").is_file()
            ):
                found.append(f"{service.name}.{type}: not in the contract")
            if "example" not in vars(event):
                found.append(f"{service.name}.{type}: no example")
    return found


def unclaimed(published: Iterable[Service]) -> list[str]:
    """Events that no service takes in: by a handler for the type, or by one for whole batches."""
    published = list(published)
    claimed = {
        (stream.source, type)
        for service in published
        for stream in service.streams
        for source in published
        if source.name == stream.source
        for type in (source.published if stream.batch else stream.handlers)
    }
    told = [(service.name, type) for service in published for type in service.published]
    return [f"{source}.{type}" for source, type in told if (source, type) not in claimed]


def test_every_event_has_a_schema_and_an_example() -> None:
    found = incomplete(all_services())
    assert not found, "\n".join(found)


def test_every_event_is_taken_in_by_somebody() -> None:
    found = unclaimed(all_services())
    assert not found, "\n".join(found)


def test_reports_takes_in_all_of_the_three_others_in_batches() -> None:
    reports = all_services()[-1]
    assert {stream.source for stream in reports.streams if stream.batch} == {"registry", "loans", "cases"}


def test_an_event_that_nobody_wrote_down_or_takes_in_is_found() -> None:
    assert incomplete([PARCELS]) == [
        "loans.parcel_posted: not in the contract",
        "loans.parcel_returned: not in the contract",
    ]
    assert unclaimed([PARCELS, DEPOT]) == ["loans.parcel_posted", "loans.parcel_returned"]


# -- The subject of an event: what the contract says is what the code does


def other_subjects(root: Path, published: Iterable[Service]) -> list[str]:
    """Calls of `emit` whose subject bears the name of another field than the contract says."""
    events = {event.__name__: event for service in published for event in service.published.values()}
    return [
        f"{module.at}:{call.lineno}: {wrong}"
        for module in services(root)
        for call in module.nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "emit" and call.args
        for wrong in _other_subject(module, call, events)
    ]


def _other_subject(module: Module, call: ast.Call, events: dict) -> Iterable[str]:
    event = events.get(getattr(call.args[0], "attr", getattr(call.args[0], "id", "")))
    given = {word.arg: word.value for word in call.keywords}
    if event is None or "subject" not in given:
        return
    named = _last_name(given["subject"])
    if named in event().fields and named != subject_field(event):
        yield f"the subject of {event.type} is {named}, the contract says {subject_field(event)}"


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return str(getattr(node, "attr", getattr(node, "id", "")))


def test_every_event_is_about_what_its_contract_says() -> None:
    found = other_subjects(ROOT, all_services())
    assert not found, "\n".join(found)


def test_an_event_about_something_else_is_found(tmp_path: Path) -> None:
    planted = "def f(tx):\n    tx.emit(events.ParcelPosted, subject=weight, weight=weight)"
    plant(tmp_path, "services/loans/loans/post/rpc.py", planted)
    assert len(other_subjects(tmp_path, [PARCELS])) == 1
    plant(tmp_path, "services/loans/loans/post/rpc.py", planted.replace("=weight,", "=row['parcel'],"))
    assert other_subjects(tmp_path, [PARCELS]) == []


# -- Methods


def open_doors(offered: Iterable[Service]) -> list[str]:
    """Methods that anybody may call and nobody reviewed; and commands without a permission, always."""
    return [
        f"{service.name}.{operation.name}"
        for service in offered
        for operation in service.operations.values()
        if not operation.needs
        and (operation.kind == "command" or operation.name not in PUBLIC.get(service.name, ()))
    ]


def ungranted(offered: Iterable[Service]) -> list[str]:
    """Permissions that a method needs and no role has."""
    found = []
    for service in offered:
        roles = Roles.load(service.folder / "rules" / "roles.yaml")
        needed = {operation.needs for operation in service.operations.values() if operation.needs}
        found += [f"{service.name}: {need}" for need in sorted(needed) if not roles.grants(need)]
    return found


def auditors_that_change(offered: Iterable[Service]) -> list[str]:
    """Commands that an auditor, who reads all and changes nothing, could give."""
    found = []
    for service in offered:
        roles = Roles.load(service.folder / "rules" / "roles.yaml")
        commands = [operation for operation in service.operations.values() if operation.kind == "command"]
        found += [
            f"{service.name}.{op.name}" for op in commands if op.needs and "auditor" in roles.grants(op.needs)
        ]
    return found


def test_every_method_needs_a_permission_or_is_public_by_review() -> None:
    found = open_doors(all_services())
    assert not found, "\n".join(found)
    for name, methods in PUBLIC.items():
        assert methods <= import_module(f"{name}.service").SERVICE.operations.keys()


def test_every_permission_is_granted_and_none_that_changes_anything_to_auditors() -> None:
    found = ungranted(all_services())
    assert not found, "\n".join(found)
    found = auditors_that_change(all_services())
    assert not found, "\n".join(found)


def test_a_method_that_is_open_without_review_is_found() -> None:
    assert open_doors([PARCELS]) == ["loans.opening_hours"]


def test_a_permission_without_a_role_and_an_auditor_who_may_change_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = {"clerk": ["parcels.read", "log.*"], "auditor": ["parcels.*", "log.*"], "operations": ["ops.*"]}
    plant(tmp_path, "rules/roles.yaml", yaml.safe_dump(roles))
    monkeypatch.setattr(Service, "folder", tmp_path)
    assert "loans.post_parcel" in auditors_that_change([PARCELS])
    plant(tmp_path, "rules/roles.yaml", yaml.safe_dump({"clerk": ["parcels.*", "log.*"]}))
    assert ungranted([PARCELS]) == [
        "loans: ops.drop",
        "loans: ops.read",
        "loans: ops.reconcile",
        "loans: ops.redrive",
        "loans: ops.resume",
    ]
