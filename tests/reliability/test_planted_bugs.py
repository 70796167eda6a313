"""The verdict is worth what it finds: bugs planted in a parcel office are told, each as what it is."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from chassis.auth import OFFICE, sign
from chassis.client import Client
from chassis.errors import ChassisError
from chassis.settings import MIGRATE, Settings
from chassis.testing import prepare
from reliability.history import History
from reliability.house import Member, Supervisor
from reliability.planted_bugs import NOTHING
from reliability.remains import read_effects, read_log
from reliability.verdict import Made, Remains, judge
from running import eventually
from ustawi.init.keys import office_kid

DEPOT, OFFICE_OF_PARCELS = "registry", "loans"  # under these names the parcels' services run


class Parcels:
    """A depot and a parcel office that follows it, one caller, and a bug in both of them."""

    def __init__(self, servers, database, directory: Path, bug: str) -> None:
        from parcels import depot
        from parcels.service import SERVICE

        self.broker, self._database = servers.new_broker(), database
        self.history, self.supervisor = History(), Supervisor()
        targets = {DEPOT: "parcels.depot:SERVICE", OFFICE_OF_PARCELS: "parcels.service:SERVICE"}
        for service in (SERVICE, depot.SERVICE):
            settings = database.settings(service.name, self.broker)
            prepare(service, Settings.load(service.name, settings, needs=MIGRATE))
            member = Member(
                service.name,
                targets[service.name],
                {**settings, "FAULTS_PLANTED": bug},
                directory / service.name,
            )
            self.supervisor.add(service.name, member)
        self.supervisor.start()
        pem = servers.credentials.signing_key(OFFICE)
        token = sign(pem, office_kid(pem), "tester", ["clerk", "operations"], ["*"], 600)
        self._client = Client(self.broker.uri(), token, name="caller")
        for member in self.supervisor.members.values():
            member.until_ready()

    def close(self) -> None:
        self.supervisor.end()
        self._client.close()
        self.broker.drop()

    def ask(self, service: str, method: str, number: int, **body) -> None:
        """One command, asked once."""
        command = f"00000000-0000-4000-8000-{number:012d}"
        attempt = self.history.begin(command, service, method)
        self.history.tries(attempt)
        try:
            reply = self._client.call(service, method, {**body, "command_id": command}, timeout=2)
        except ChassisError as error:
            self.history.failed(attempt, error.code)
        else:
            self.history.committed(attempt, reply)

    def hurt(self, service: str, point: str) -> None:
        """Have one of the two die at a point, while commands come in; and wait until it is back."""
        member = self.supervisor.members[service]
        starts = member.starts
        self.work(1)
        member.points.write(point, "")
        numbers = iter(range(100, 200))
        until = time.monotonic() + 20
        while member.starts == starts and time.monotonic() < until:
            self.work(next(numbers))
        assert member.starts > starts, f"nothing came by {point}"
        member.until_ready()
        self.work(2)

    def work(self, number: int) -> None:
        self.ask(OFFICE_OF_PARCELS, "post_parcel", number, weight=number)
        parcel = f"00000000-0000-7000-8000-{number:012d}"
        self.ask(DEPOT, "arrive", 1000 + number, parcel=parcel, places=["Mpanda", "Sumbawanga"])

    def until_quiet(self) -> None:
        """Wait until everything that was published has been read."""

        def quiet() -> bool:
            with self._sql() as connection:
                row = connection.execute(
                    """
                    SELECT p.position = h.position AND h.published = h.position AND o.published = o.position
                           AND NOT EXISTS (SELECT FROM registry.outbox) AND NOT EXISTS (SELECT FROM loans.outbox)
                           AND NOT EXISTS (SELECT FROM loans.deadline WHERE fired_at IS NULL) AS quiet
                    FROM loans.stream_position p, registry.log_head h, loans.log_head o
                    """
                ).fetchone()
            return row is not None and row["quiet"]

        eventually(quiet, 30, "everything is read")

    def verdict(self) -> list[str]:
        self.until_quiet()
        with self._sql() as connection:
            parcels = connection.execute("SELECT parcel::text AS id FROM loans.parcel").fetchall()
            passages = connection.execute("SELECT position, event::text FROM loans.passage").fetchall()
            remains = Remains(
                effects={name: read_effects(connection, name) for name in (DEPOT, OFFICE_OF_PARCELS)},
                logs={name: read_log(connection, name) for name in (DEPOT, OFFICE_OF_PARCELS)},
                rows={(OFFICE_OF_PARCELS, "post_parcel"): Made("parcel", [row["id"] for row in parcels])},
                taken={(OFFICE_OF_PARCELS, DEPOT): [(row["position"], row["event"]) for row in passages]},
            )
        return sorted({violation.kind for violation in judge(self.history, remains)})

    def _sql(self) -> psycopg.Connection:
        return psycopg.connect(self._database.superuser_dsn(), row_factory=dict_row, autocommit=True)


@pytest.fixture
def parcels(request, servers, broker, new_database, tmp_path: Path) -> Iterator[Parcels]:
    parcels = Parcels(servers, new_database(), tmp_path, request.param)
    yield parcels
    parcels.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parcels", "hurts", "found"),
    [
        pytest.param(
            NOTHING,
            [(DEPOT, "relay_before_marking"), (OFFICE_OF_PARCELS, "handler_after_commit")],
            [],
            id="nothing",
        ),
        pytest.param(
            "publish_before_commit",
            [(OFFICE_OF_PARCELS, "command_before_commit")],
            ["twice", "unexpected"],  # twice, where the request was delivered again and done
            id="publish before commit",
        ),
        pytest.param(
            "ack_before_commit",
            [(OFFICE_OF_PARCELS, "command_before_commit")],
            ["lost"],
            id="ack before commit",
        ),
        pytest.param(
            "position_before_effect",
            [(OFFICE_OF_PARCELS, "handler_after_commit")],
            ["lost"],
            id="position before effect",
        ),
        pytest.param(
            "handlers_repeat", [(DEPOT, "relay_before_marking")], ["twice"], id="handlers that repeat"
        ),
    ],
    indirect=["parcels"],
)
def test_a_planted_bug_is_found_and_where_there_is_none_none_is(parcels, hurts, found):
    for service, point in hurts:
        parcels.hurt(service, point)
    told = parcels.verdict()
    assert bool(told) == bool(found)
    assert set(told) <= set(found), told
