"""What the database itself refuses, whatever the code above it does: told to it as the service's own role."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as sql


@contextmanager
def as_service(office: Any) -> Iterator[psycopg.Connection]:
    """A connection of the runtime role."""
    with psycopg.connect(office.svc.settings.database_dsn) as connection:
        yield connection


def refuses(
    office: Any, error: type[Exception], statement: str, rule: str | None = None, **params: Any
) -> None:
    def write() -> None:
        with as_service(office) as connection:
            connection.execute(statement, params)

    with pytest.raises(error) as refusal:
        write()
    if rule is not None:
        assert refusal.value.diag.constraint_name == rule


@pytest.fixture
def case(office: Any) -> str:
    case: str = office.open_case()["case"]
    office.as_worker("record_assessment", case=case, risk="low")
    return case


@pytest.fixture
def complaint(office: Any) -> str:
    complaint: str = office.receive()["complaint"]
    return complaint


@pytest.mark.parametrize(
    "table",
    [
        "assessment",
        "danger_answer",
        "case_closure",
        "case_assignment",
        "acknowledgement",
        "answer",
        "appeal",
        "appeal_decision",
        "pause",
        "resumption",
        "erased_subject",
    ],
)
def test_history_is_never_rewritten(office: Any, table: str) -> None:
    refuses(office, sql.InsufficientPrivilege, f"DELETE FROM {table}")
    refuses(
        office,
        sql.InsufficientPrivilege,
        f"UPDATE {table} SET recorded_at = now()"
        if table != "erased_subject"
        else "UPDATE erased_subject SET reason = 'x'",
    )
    refuses(office, sql.InsufficientPrivilege, f"TRUNCATE {table}")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("complaint", "received_at"),
        ("complaint", "words"),
        ("complaint", "area"),
        ("complaint", "receipt_hash"),
        ("welfare_case", "category"),
        ("welfare_case", "restricted"),
        ("welfare_case", "received_on"),
        ("clock", "started_at"),
        ("clock", "length"),
        ("person", "country"),
        ("person_index", "hash"),
    ],
)
def test_what_was_recorded_stays_as_it_was(office: Any, table: str, column: str) -> None:
    refuses(office, sql.InsufficientPrivilege, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", ["complaint", "welfare_case", "clock", "person"])
def test_no_record_is_deleted(office: Any, table: str) -> None:
    refuses(office, sql.InsufficientPrivilege, f"DELETE FROM {table}")


def test_a_complaint_takes_no_step_without_its_row(office: Any, complaint: str) -> None:
    for state in ("acknowledged", "answered", "appealed", "decided"):
        refuses(
            office,
            sql.IntegrityError,
            f"UPDATE complaint SET state = '{state}' WHERE complaint = %(complaint)s",
            "complaint_goes_in_steps",
            complaint=complaint,
        )


def test_a_complaint_takes_no_step_back(office: Any, complaint: str) -> None:
    office.answer(complaint)
    for state in ("received", "acknowledged"):
        refuses(
            office,
            sql.IntegrityError,
            f"UPDATE complaint SET state = '{state}' WHERE complaint = %(complaint)s",
            "complaint_goes_in_steps",
            complaint=complaint,
        )


ACKNOWLEDGE = (
    """INSERT INTO acknowledgement VALUES (%(complaint)s, %(at)s, '2026-03-02', true, %(at)s, 'x')"""
)
ANSWER = """
    INSERT INTO answer (complaint, decision, answer_channel, answered_at, answered_by, "on", in_time,
                        appeal_by, recorded_at)
    VALUES (%(complaint)s, 'upheld', 'letter', %(at)s, 'x', '2026-03-02', true, '2099-01-01', %(at)s)
"""


def test_a_step_shows_in_the_complaint(office: Any, complaint: str) -> None:
    now = office.svc.clock.now()
    refuses(office, sql.IntegrityError, ACKNOWLEDGE, "complaint_step_shows", complaint=complaint, at=now)


def test_there_is_no_answer_without_an_acknowledgement(office: Any, complaint: str) -> None:
    refuses(office, sql.ForeignKeyViolation, ANSWER, complaint=complaint, at=office.svc.clock.now())


def test_there_is_one_answer_however_many_write_it_at_once(office: Any, complaint: str) -> None:
    office.acknowledge(complaint)
    outcomes = write_at_once(
        office,
        [(ANSWER, "UPDATE complaint SET state = 'answered' WHERE complaint = %(complaint)s")] * 5,
        complaint=complaint,
        at=office.svc.clock.now(),
    )
    assert outcomes.count(None) == 1
    assert {type(error) for error in outcomes if error} <= {sql.UniqueViolation, sql.DeadlockDetected}
    assert len(office.svc.sql("SELECT 1 FROM answer WHERE complaint = %(c)s", c=complaint)) == 1


def test_who_answered_decides_no_appeal(office: Any, complaint: str) -> None:
    office.answer(complaint, caller="officer.1")
    office.as_officer("appeal_complaint", complaint=complaint, channel="letter")
    decide = """
        INSERT INTO appeal_decision (complaint, decision, answer_channel, answered_by, decided_by, decided_at,
                                     "on", in_time, recorded_at)
        VALUES (%(complaint)s, 'upheld', 'letter', %(answered_by)s, 'officer.1', %(at)s, '2026-03-02',
                true, %(at)s)
    """
    now = office.svc.clock.now()
    refuses(office, sql.CheckViolation, decide, complaint=complaint, answered_by="officer.1", at=now)
    refuses(office, sql.ForeignKeyViolation, decide, complaint=complaint, answered_by="officer.2", at=now)


def test_pauses_neither_overlap_nor_run_backwards(office: Any, complaint: str) -> None:
    pause = """
        INSERT INTO pause (subject, number, waiting_from, resumed_before, recorded_at, recorded_by)
        VALUES (%(subject)s, %(number)s, %(at)s, %(before)s, now(), 'x')
    """
    now = office.svc.clock.now()
    office.wait(complaint)
    for number, before in ((1, None), (2, None), (2, now), (3, now)):  # the first still runs
        refuses(office, sql.IntegrityError, pause, subject=complaint, number=number, at=now, before=before)
    office.now("2026-03-03T09:00")
    office.resume(complaint)
    resumed = office.svc.clock.now()
    refuses(office, sql.CheckViolation, pause, subject=complaint, number=2, at=now, before=resumed)
    refuses(
        office,
        sql.IntegrityError,
        """
        INSERT INTO resumption (subject, number, waiting_from, resumed_at, recorded_at, recorded_by)
        VALUES (%(subject)s, 1, %(at)s, %(at)s, now(), 'x')
        """,
        subject=complaint,
        at=now,
    )


def test_a_clock_tells_each_thing_once(office: Any, complaint: str) -> None:
    office.now("2026-03-10T00:00")
    office.fire()
    for change in (
        "warned_at = now()",
        "breached_at = NULL",
        "breached_at = now()",
        "due_at = now()",
        "warn_at = NULL",
    ):
        refuses(
            office,
            sql.IntegrityError,
            f"UPDATE clock SET {change} WHERE subject = %(subject)s AND kind = 'acknowledge'",
            "clock_tells_once",
            subject=complaint,
        )
    office.acknowledge(complaint)
    refuses(
        office,
        sql.IntegrityError,
        "UPDATE clock SET met_at = NULL WHERE subject = %(subject)s AND kind = 'acknowledge'",
        "clock_tells_once",
        subject=complaint,
    )


def test_a_promise_has_one_clock(office: Any, complaint: str) -> None:
    refuses(
        office,
        sql.UniqueViolation,
        """
        INSERT INTO clock (clock, kind, subject_kind, subject, cause, country, area, rule_version, unit,
                           length, warning_percent, pauses, ends_on_working_day, started_at, recorded_at)
        SELECT gen_random_uuid(), kind, subject_kind, subject, cause, country, area, rule_version, unit,
               length, warning_percent, pauses, ends_on_working_day, started_at, recorded_at
        FROM clock WHERE subject = %(subject)s AND kind = 'decide'
        """,
        subject=complaint,
    )


ASSESS = """
    INSERT INTO assessment (assessment, "case", risk, needs, assessed_at, "on", recorded_at, recorded_by)
    VALUES (gen_random_uuid(), %(case)s, 'low', '{}', now(), '2026-03-02', now(), 'x')
"""
CLOSE = """
    INSERT INTO case_closure ("case", outcome, closed_on, recorded_at, recorded_by)
    VALUES (%(case)s, 'needs_met', '2026-03-02', now(), 'x')
"""
SHUT = """UPDATE welfare_case SET state = 'closed' WHERE "case" = %(case)s"""


def test_a_case_is_not_closed_without_a_closure_nor_a_closure_without_the_case(
    office: Any, case: str
) -> None:
    refuses(office, sql.IntegrityError, SHUT, "case_closes_once", case=case)
    refuses(office, sql.IntegrityError, CLOSE, "case_closure_closes", case=case)


def test_a_closed_case_takes_no_rows_and_never_opens_again(office: Any, case: str) -> None:
    office.as_worker("close_case", case=case, outcome="needs_met", reason="Done.")
    refuses(office, sql.IntegrityError, ASSESS, "case_is_open", case=case)
    refuses(office, sql.IntegrityError, CLOSE, "case_is_open", case=case)
    refuses(office, sql.IntegrityError, SHUT.replace("closed", "open"), "case_closes_once", case=case)


@pytest.mark.parametrize(("first", "second"), [((ASSESS,), (CLOSE, SHUT)), ((CLOSE, SHUT), (ASSESS,))])
def test_closing_and_adding_wait_for_one_another(
    office: Any, case: str, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    with as_service(office) as one, as_service(office) as other:
        for statement in first:
            one.execute(statement, {"case": case})
        other.execute("SET lock_timeout = '200ms'")
        *before, last = second
        for statement in before:
            other.execute(statement, {"case": case})
        with pytest.raises(sql.LockNotAvailable):
            other.execute(last, {"case": case})
        other.rollback()


def test_a_danger_is_not_closed_over(office: Any, case: str) -> None:
    office.as_worker("record_assessment", case=case, risk="danger")
    with as_service(office) as connection:
        connection.execute(CLOSE, {"case": case})
        with pytest.raises(sql.IntegrityError) as refusal:
            connection.execute(SHUT, {"case": case})
    assert refusal.value.diag.constraint_name == "case_closes_once"


def test_only_a_danger_is_answered_as_one(office: Any, case: str) -> None:
    assessment: UUID = office.svc.sql('SELECT assessment FROM assessment WHERE "case" = %(c)s', c=case)[0][
        "assessment"
    ]
    refuses(
        office,
        sql.ForeignKeyViolation,
        """
        INSERT INTO danger_answer (assessment, action, answered_at, "on", in_time, recorded_at, recorded_by)
        VALUES (%(assessment)s, 'family_care', now(), '2026-03-02', true, now(), 'x')
        """,
        assessment=assessment,
    )


def test_plain_words_do_not_pass_for_sealed_ones(office: Any) -> None:
    refuses(
        office,
        sql.CheckViolation,
        """
        INSERT INTO person (person, country, sex, names, recorded_at)
        VALUES (%(p)s, 'TZ', 'male', %(names)s, now())
        """,
        p=uuid4(),
        names=b"Zuberi son of Kasongo of the lake side",
    )


def write_at_once(office: Any, writers: list[tuple[str, ...]], **params: Any) -> list[Exception | None]:
    """Run each writer's statements in a transaction of its own, all at once; the error of each, or None."""
    line = threading.Barrier(len(writers))
    outcomes: list[Exception | None] = [None] * len(writers)

    def run(number: int, statements: tuple[str, ...]) -> None:
        try:
            with as_service(office) as connection:
                line.wait(10)
                for statement in statements:
                    connection.execute(statement, params)
        except psycopg.Error as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes
