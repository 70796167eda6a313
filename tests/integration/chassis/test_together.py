"""Commands that share a transaction: each with an outcome of its own, whatever becomes of its neighbours."""

from contextlib import contextmanager
from uuid import uuid4

import eventlet
import psycopg
import pytest

from chassis import once
from chassis.errors import Conflict, Refused
from chassis.together import SLOW
from parcels.service import SERVICE


@pytest.fixture
def office(service_under_test):
    """A parcel office whose commands go together, as those of a running service do."""
    office = service_under_test(SERVICE)
    office.runtime.together = once.together(office.runtime)
    return office


def at_once(office, *bodies):
    """Post parcels that arrive in the same moment; returns each one's reply or error."""

    def post(body):
        try:
            return office.call("post_parcel", roles=["clerk"], **body)
        except Exception as error:
            return error

    return [greenlet.wait() for greenlet in [eventlet.spawn(post, body) for body in bodies]]


def transactions(office) -> int:
    """How many transactions wrote the audit records."""
    return office.sql("SELECT count(DISTINCT xmin::text) AS n FROM command")[0]["n"]


def kept(office) -> dict[str, int]:
    rows = office.sql(
        """
        SELECT (SELECT count(*) FROM parcel) AS parcels, (SELECT count(*) FROM command) AS commands,
               (SELECT count(*) FROM outbox) AS facts
        """
    )
    return dict(rows[0])


def test_what_arrives_together_is_committed_together(office):
    replies = at_once(office, *({"weight": n, "command_id": str(uuid4())} for n in range(1, 21)))
    assert len({reply["parcel"] for reply in replies}) == 20
    assert all(len(reply["events"]) == 1 and reply["repeatable"] for reply in replies)
    assert kept(office) == {"parcels": 20, "commands": 20, "facts": 20}
    assert transactions(office) == 1
    subjects = [event["subject"] for event in office.events("parcel_posted")]
    assert subjects == [reply["parcel"] for reply in replies]


def test_a_refusal_takes_nothing_of_its_neighbours_with_it(office):
    first, heavy, twin, last = at_once(
        office, {"weight": 1, "label": "A"}, {"weight": 30_001}, {"weight": 2, "label": "A"}, {"weight": 3}
    )
    assert isinstance(heavy, Refused)
    assert isinstance(twin, Conflict)
    assert first["parcel"] != last["parcel"]
    assert kept(office) == {"parcels": 2, "commands": 2, "facts": 2}


def test_a_deferred_check_fails_only_the_one_that_broke_it(office):
    office.sql(
        """
        CREATE FUNCTION not_thirteen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.weight = 13 THEN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER not_thirteen AFTER INSERT ON parcel
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION not_thirteen();
        """
    )
    one, unlucky, other = at_once(office, {"weight": 12}, {"weight": 13}, {"weight": 14})
    assert isinstance(unlucky, Conflict)
    assert one["parcel"] != other["parcel"]
    assert kept(office) == {"parcels": 2, "commands": 2, "facts": 2}


def test_when_the_commit_fails_each_is_carried_out_alone(office):
    office.sql(
        """
        CREATE FUNCTION nobody_together() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT count(*) FROM command JOIN command AS own ON own.xmin = command.xmin
                WHERE own.command = NEW.command) > 1 THEN
                RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER nobody_together AFTER INSERT ON command
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nobody_together();
        """
    )
    replies = at_once(office, *({"weight": n} for n in range(1, 6)))
    assert len({reply["parcel"] for reply in replies}) == 5
    assert kept(office) == {"parcels": 5, "commands": 5, "facts": 5}
    assert transactions(office) == 5


def test_when_the_connection_breaks_in_the_commit_each_finds_its_own_record(office, monkeypatch):
    transaction, broken = office.runtime.database.transaction, []

    @contextmanager
    def breaks_once(**how):
        with transaction(**how) as connection:
            yield connection
        if not broken:
            broken.append(True)
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(office.runtime.database, "transaction", breaks_once)
    ids = [str(uuid4()) for _ in range(5)]
    replies = at_once(office, *({"weight": n, "command_id": id} for n, id in enumerate(ids, 1)))
    assert [reply["command_id"] for reply in replies] == ids
    assert kept(office) == {"parcels": 5, "commands": 5, "facts": 5}
    stored = {str(row["command"]): row["reply"] for row in office.sql("SELECT command, reply FROM command")}
    assert all(stored[reply["command_id"]]["parcel"] == reply["parcel"] for reply in replies)


def test_two_of_one_id_in_one_group_have_one_effect(office):
    body = {"weight": 7, "command_id": str(uuid4())}
    first, again = at_once(office, body, body)
    assert first == again
    assert kept(office) == {"parcels": 1, "commands": 1, "facts": 1}


def test_a_method_that_has_been_slow_goes_alone_and_is_forgiven(office):
    at_once(office, {"weight": 1, "slowly": int(SLOW * 1000) + 50}, {"weight": 2})
    before = transactions(office)
    at_once(office, {"weight": 3}, {"weight": 4})
    assert transactions(office) == before + 2
    for _ in range(100):
        office.runtime.together.suits("post_parcel")
    at_once(office, {"weight": 5}, {"weight": 6})
    assert transactions(office) == before + 3
