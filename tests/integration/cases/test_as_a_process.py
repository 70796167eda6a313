"""The service as operations run it: two replicas, a broker, a crash; and nothing personal in what they say."""

import os
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.rows import dict_row

from cases.service import SERVICE
from chassis.auth import OFFICE, sign
from chassis.client import Client
from chassis.crypto import SubjectKeys
from chassis.errors import ChassisError, NotFound, Unauthenticated
from chassis.testing import ServiceUnderTest
from running import RunningService, eventually, free_port
from ustawi.init.keys import office_kid
from ustawi.main import cli

PERSON = {"names": "Zuberi Kanari", "sex": "male", "phone": "0788555444"}


@pytest.fixture
def world(new_database: Callable[[], Any], servers: Any, broker: Any, tmp_path: Path) -> Iterator[Any]:
    """A fresh database and virtual host; `start()` runs a replica, `call()` is an officer."""

    class World:
        database = new_database()
        broker = servers.new_broker()
        replicas: list[RunningService] = []
        settings = database.settings("cases", broker)
        svc = ServiceUnderTest(SERVICE, database.settings("cases"))

        def start(self) -> RunningService:
            replica = RunningService("cases", self.settings, tmp_path, free_port())
            self.replicas.append(replica)
            return replica.start()

        def client(self, *roles: str) -> Client:
            pem = servers.credentials.signing_key(OFFICE)
            token = sign(pem, office_kid(pem), "officer", list(roles), ["*"], 600) if roles else None
            return Client(self.broker.uri(), token, name="caller")

        def told(self, subject: str) -> list[str]:
            with psycopg.connect(self.settings["OWNER_DATABASE_DSN"], row_factory=dict_row) as connection:
                rows = connection.execute(
                    "SELECT type FROM event WHERE subject = %s ORDER BY position", (subject,)
                )
                return [row["type"] for row in rows]

    world = World()
    world.svc.given_country("TZ")
    yield world
    for replica in world.replicas:
        replica.kill()
    world.svc.close()
    world.broker.drop()


def test_promises_broken_while_nothing_ran_are_told_once_by_two_replicas(world: Any) -> None:
    ward = world.svc.given_area("ward")
    world.svc.at(datetime.now(UTC) - timedelta(days=90))
    received = [
        world.svc.call(
            "receive_complaint",
            roles=["council_officer"],
            kind="malalamiko",
            category="service",
            channel="phone",
            area=ward,
            words="The water point is locked.",
        )["complaint"]
        for _ in range(20)
    ]
    first, second = world.start(), world.start()
    expected = ["complaint_received", *["deadline_breached"] * 2, *["deadline_warned"] * 2]
    eventually(lambda: all(sorted(world.told(each)) == expected for each in received), 30, "all are told")
    first.kill()
    second.stop()
    world.start()
    officer = world.client("complaints_officer")
    late = officer.call("cases", "complaints", {"unanswered_past_due": True})["complaints"]
    assert [line["complaint"] for line in late] == received
    assert all(sorted(world.told(each)) == expected for each in received)
    officer.close()


def test_an_officer_and_a_citizen_call_it_and_no_log_line_tells_who(world: Any) -> None:
    ward = world.svc.given_area("ward")
    replica = world.start()
    officer, public = world.client("complaints_officer", "case_worker", "supervisor"), world.client()
    received = officer.call(
        "cases",
        "receive_complaint",
        {
            "kind": "malalamiko",
            "category": "service",
            "channel": "phone",
            "area": ward,
            "complainant": PERSON,
            "words": "Zuberi was sent away.",
        },
    )
    standing = public.call("cases", "complaint_by_receipt", {"receipt": received["receipt"]})
    assert standing["next_step"] == "office_acknowledges"
    with pytest.raises(NotFound):
        public.call("cases", "complaint_by_receipt", {"receipt": "AAAA-AAAA-AAAA-AAAA"})
    with pytest.raises(Unauthenticated):
        public.call("cases", "complaint", {"complaint": received["complaint"]})
    case = officer.call(
        "cases",
        "open_case",
        {"category": "poor", "person": PERSON, "story": "Zuberi", "area": ward, "channel": "phone"},
    )
    officer.call(
        "cases", "close_case", {"case": case["case"], "outcome": "needs_met", "reason": "Zuberi is well."}
    )
    officer.call("cases", "erase_person", {"person": case["person"], "reason": "asked_by_person"})

    def key_is_gone() -> bool:
        with psycopg.connect(world.settings["OWNER_KEYS_DATABASE_DSN"]) as connection:
            found = connection.execute("SELECT 1 FROM subject_key WHERE subject = %s", (case["person"],))
            return found.fetchone() is None

    eventually(key_is_gone, 10, "the key is destroyed")
    eventually(lambda: "person_erased" in world.told(case["person"]), 10, "the erasure is told")
    officer.close()
    public.close()
    assert replica.stop() == 0
    said = replica.log.read_text()
    assert "Zuberi" not in said
    assert "0788555444" not in said
    assert received["receipt"] not in said


def test_the_key_encryption_key_is_replaced_while_officers_work(world: Any, tmp_path: Path) -> None:
    """Replicas restart one after the other; meanwhile people are received and read again without a break."""
    secrets = tmp_path / "secrets"
    (secrets / "cases").mkdir(parents=True)
    kek = secrets / "cases" / "kek"
    kek.write_text(world.settings["KEK"])
    ward = world.svc.given_area("ward")
    stop, failed, received = threading.Event(), [], []

    def work() -> None:
        officer = world.client("complaints_officer")
        number = 0
        while not stop.is_set():
            number += 1
            words = f"The lamp {number} is dark."
            body = {"kind": "kero", "category": "service", "channel": "phone", "area": ward, "words": words}
            try:
                complaint = officer.call("cases", "receive_complaint", body, timeout=30)["complaint"]
                received.append((complaint, words))
                told = officer.call("cases", "complaint", {"complaint": received[number // 2][0]}, timeout=30)
                if told["words"] != received[number // 2][1]:
                    failed.append(f"{number} reads otherwise")
            except ChassisError as error:
                failed.append(str(error))
        officer.close()

    def rotate(*arguments: str) -> None:
        done = CliRunner().invoke(cli, ["init", "rotate-kek", "cases", "--folder", str(secrets), *arguments])
        assert done.exit_code == 0, done.output
        world.settings["KEK"] = kek.read_text().strip()

    def restart(old: list[RunningService]) -> list[RunningService]:
        new = []
        for replica in old:
            new.append(world.start())
            assert replica.stop() == 0
        return new

    def rewrap() -> int:
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "cases", "rewrap"],
            env=os.environ | world.settings,
            capture_output=True,
            check=False,
        ).returncode

    replicas = [world.start(), world.start()]
    at_work = threading.Thread(target=work)
    at_work.start()
    try:
        eventually(lambda: len(received) > 5, what="work goes on")
        before = kek.read_text().strip()
        rotate()
        replicas = restart(replicas)
        rotate("--use-new")
        replicas = restart(replicas)
        assert rewrap() == 0
        rotate("--drop-old")
        assert before not in kek.read_text()
        replicas = restart(replicas)
        there = len(received)
        eventually(lambda: len(received) > there + 5, what="work goes on")
    finally:
        stop.set()
        at_work.join()
    assert failed == []
    with psycopg.connect(world.settings["OWNER_KEYS_DATABASE_DSN"]) as connection:
        versions = connection.execute("SELECT DISTINCT get_byte(wrapped, 0) FROM subject_key").fetchall()
    assert versions == [(2,)]
    officer = world.client("complaints_officer")
    for complaint, words in received[:3] + received[-3:]:
        assert officer.call("cases", "complaint", {"complaint": complaint})["words"] == words
    officer.close()


def test_a_replica_that_was_forgotten_is_told_before_the_old_key_is_taken_away(world: Any) -> None:
    """It still wraps by the old key: the one-shot says so, and fails."""
    old = world.settings["KEK"]
    world.settings["KEK"] = f"2:{b64encode(b'n' * 32).decode()},1:{old}"
    both = {2: b"n" * 32, 1: b64decode(old)}
    newer = SubjectKeys(world.svc.runtime.keys_database, both)
    world.svc.runtime.people.new(uuid4())
    assert newer.behind() == 1
    assert newer.rewrap() == 1
    assert newer.behind() == 0
    world.svc.runtime.people.new(uuid4())
    assert newer.behind() == 1
