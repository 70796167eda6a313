"""Ports are chosen once and kept."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ustawi.local import ports
from ustawi.local.errors import LocalError


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.bind((ports.HOST, port))
        other.listen()
        yield


def test_the_ports_of_a_folder_stay_the_same(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.settle(file, ["postgres", "amqp"])
    assert len(set(first.values())) == 2
    assert ports.settle(file, ["postgres", "amqp"]) == first
    with taken(first["postgres"]):
        assert ports.settle(file, ["postgres", "amqp"]) == first


def test_the_same_folder_finds_the_same_ports_again_when_the_file_was_lost(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.settle(file, ["postgres", "amqp"])
    file.unlink()
    assert ports.settle(file, ["postgres", "amqp"]) == first


def test_a_new_name_gets_a_port_beside_the_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.settle(file, ["postgres"])
    both = ports.settle(file, ["postgres", "amqp"])
    assert both["postgres"] == first["postgres"]
    assert both["amqp"] != first["postgres"]


def test_only_a_port_that_another_program_took_is_moved(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.settle(file, ["postgres", "amqp"])
    with taken(first["amqp"]):
        moved = ports.move(file, ["postgres", "amqp"])
    assert moved["postgres"] == first["postgres"]
    assert moved["amqp"] != first["amqp"]


def test_a_port_that_is_not_given_up_is_named(tmp_path: Path) -> None:
    port = ports.settle(tmp_path / "ports.json", ["amqp"])["amqp"]
    with taken(port), pytest.raises(LocalError, match=f"port {port}, which is RabbitMQ's here"):
        ports.wait_free(port, "RabbitMQ", seconds=0.1)


def test_chosen_ports_lie_below_those_of_outgoing_connections(tmp_path: Path) -> None:
    chosen = ports.settle(tmp_path / "ports.json", [f"port-{number}" for number in range(20)])
    assert all(ports.FIRST <= port < ports.LAST for port in chosen.values())
