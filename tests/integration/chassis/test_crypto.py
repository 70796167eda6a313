"""What is personal is readable with the person's key alone, and never again once that is gone."""

from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from chassis import crypto
from chassis.crypto import People, SealBroken, SubjectKeys, reapply_erasures
from chassis.errors import Refused
from chassis.migrations import migrate
from chassis.service import CHASSIS_MIGRATIONS, KEYS_MIGRATIONS

KEK, BLIND = b"k" * 32, b"b" * 32


@pytest.fixture(scope="module")
def database(new_database):
    database = new_database()
    migrate(database.dsn("cases", owner=True), "cases", "cases", [CHASSIS_MIGRATIONS])
    migrate(database.dsn("cases", owner=True, keys=True), "cases", "cases", [KEYS_MIGRATIONS])
    return database


@pytest.fixture(scope="module")
def pool(database):
    with ConnectionPool(database.dsn("cases", keys=True), min_size=1, max_size=3) as pool:
        yield pool


@pytest.fixture
def people(pool):
    return People(pool, KEK, BLIND)


@pytest.fixture
def asha(people):
    person = uuid4()
    people.new(person)
    return person


def test_what_was_sealed_is_read_again(people, asha):
    blob = people.seal(asha, "Asha Juma, Sumbawanga", "name")

    assert people.unseal(asha, blob, "name") == "Asha Juma, Sumbawanga"
    assert b"Asha" not in blob
    assert blob != people.seal(asha, "Asha Juma, Sumbawanga", "name")


def test_it_opens_for_no_other_person_or_field_and_not_when_changed(people, asha):
    other = uuid4()
    people.new(other)
    blob = people.seal(asha, "Asha", "name")

    for person, changed, field in (
        (other, blob, "name"),
        (asha, blob, "phone"),
        (asha, blob[:-1] + bytes([blob[-1] ^ 1]), "name"),
        (asha, b"\x02" + blob[1:], "name"),
        (asha, b"", "name"),
    ):
        with pytest.raises(SealBroken):
            people.unseal(person, changed, field)


def test_a_person_who_was_erased_is_unreadable_and_cannot_be_written_about(people, asha):
    blob = people.seal(asha, "Asha")

    assert people.erase(asha)
    assert not people.erase(asha)

    assert people.unseal(asha, blob) is None
    with pytest.raises(Refused) as refused:
        people.seal(asha, "Asha")
    assert refused.value.code == "person_erased"


def test_another_replica_knows_of_an_erasure_within_the_promised_time(people, pool, asha, monkeypatch):
    replica = People(pool, KEK, BLIND)
    blob = people.seal(asha, "Asha")
    assert replica.unseal(asha, blob) == "Asha"

    people.erase(asha)

    later = crypto.time.monotonic() + crypto.KEPT_SECONDS
    monkeypatch.setattr(crypto.time, "monotonic", lambda: later)
    assert replica.unseal(asha, blob) is None


def test_a_person_keeps_the_key_they_have(people, pool, asha):
    blob = people.seal(asha, "Asha")
    people.new(asha)

    assert People(pool, KEK, BLIND).unseal(asha, blob) == "Asha"


def test_the_keys_of_many_are_read_in_one_query(people, pool):
    persons = [uuid4() for _ in range(5)]
    for person in persons:
        people.new(person)
    queries = []

    class Counting:
        @contextmanager
        def connection(self):
            queries.append(1)
            with pool.connection() as connection:
                yield connection

    fresh = People(Counting(), KEK, BLIND)
    fresh.prefetch([*persons, uuid4()])
    blobs = [fresh.seal(person, "x") for person in persons]

    assert [fresh.unseal(person, blob) for person, blob in zip(persons, blobs, strict=True)] == ["x"] * 5
    assert len(queries) == 1


def test_the_key_encryption_key_can_be_replaced(pool):
    person, new = uuid4(), b"n" * 32
    before = SubjectKeys(pool, KEK)
    before.new(person)
    blob = crypto.seal(before, person, "Asha")

    both = SubjectKeys(pool, {2: new, 1: KEK})
    assert crypto.unseal(both, person, blob) == "Asha"
    assert both.rewrap(batch=1) >= 1
    assert both.rewrap() == 0

    assert crypto.unseal(SubjectKeys(pool, {2: new}), person, blob) == "Asha"
    with pytest.raises(SealBroken, match="do not hold"):
        SubjectKeys(pool, KEK).get(person)
    with pytest.raises(SealBroken, match="does not unwrap"):
        SubjectKeys(pool, {2: KEK}).get(person)
    with pool.connection() as connection:
        connection.execute("DELETE FROM subject_key")


def test_a_key_that_was_moved_to_another_person_does_not_unwrap(people, pool, asha):
    other = uuid4()
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO subject_key SELECT %s, wrapped FROM subject_key WHERE subject = %s", (other, asha)
        )

    with pytest.raises(SealBroken):
        people.keys.get(other)


def test_erasures_are_applied_again_after_a_restore(people, database, pool, asha):
    blob = people.seal(asha, "Asha")
    with psycopg.connect(database.dsn("cases"), autocommit=True) as connection:
        connection.execute("INSERT INTO erased_subject VALUES (%s, now(), 'asked_for')", (asha,))

        # The key came back with a backup.
        assert reapply_erasures(connection, people.keys) == 1
        assert reapply_erasures(connection, people.keys) == 0

    assert People(pool, KEK, BLIND).unseal(asha, blob) is None
