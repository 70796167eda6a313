"""What a service asks another by RPC fits the other's committed contract, and it can read the answer."""

import json
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from chassis.auth import Roles
from chassis.call import Call
from chassis.errors import Unavailable
from chassis.stream import Stream
from contract.services import NAMES, checker, contract, service
from instances import NO_BROKER

NO_ROWS = SimpleNamespace(execute=lambda *_: None)


class Answering(Call):
    """A call that others answer by their contracts: the request must fit, the reply is the example."""

    asked: list[tuple[str, str]]

    def rpc(self, service: str, method: str, body: Mapping[str, Any]) -> Any:
        self.asked = [*getattr(self, "asked", []), (service, method)]
        rpc = contract(service) / "rpc"
        told = json.loads((rpc / f"{method}.request.schema.json").read_text(encoding="utf-8"))
        wrong = checker(told)(json.loads(json.dumps(body, default=str)))
        assert wrong is None, f"{service}.{method}: {wrong}"
        return json.loads((rpc / f"{method}.reply.example.json").read_text(encoding="utf-8"))


def asked_by(name: str) -> set[tuple[str, str]]:
    """Run all that a service gathers before its transactions; returns which methods of whom it asked."""
    call = Answering(id="test")
    call.asked = []
    for operation in service(name).operations.values():
        if operation.gather is not None:
            body = operation.read(operation.takes.example)
            followed = [Stream(str(body["source"]))] if "source" in body else []
            call.runtime = SimpleNamespace(
                name=name,
                service=replace(service(name), streams=followed),
                read_so_far=lambda source: 2**53,
                settings=SimpleNamespace(amqp_uri=NO_BROKER),
                database=SimpleNamespace(transaction=lambda: nullcontext(NO_ROWS)),
            )
            with suppress(Unavailable):  # what asks the broker itself asks no service
                operation.gather(call, body)
    return set(call.asked)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_asked_fits_the_contract_and_what_is_answered_can_be_read(name: str) -> None:
    for other, method in asked_by(name):
        operation = service(other).operations[method]
        roles = Roles.load(service(other).folder / "rules" / "roles.yaml")
        assert operation.kind == "query", f"{name} asks {other}.{method}: a repeat of it is not safe"
        assert operation.needs is None or "service" in roles.grants(operation.needs), f"{other}.{method}"


def test_loans_asks_the_registry_about_members() -> None:
    assert ("registry", "member_facts") in asked_by("loans")


def test_a_question_that_does_not_fit_is_found() -> None:
    with pytest.raises(AssertionError, match="group"):
        Answering(id="test").rpc("registry", "member_facts", {"group": "no id", "on": "2026-03-02"})
    with pytest.raises(FileNotFoundError):
        Answering(id="test").rpc("registry", "no_such_method", {})
