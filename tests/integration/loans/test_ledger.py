"""What the database itself forbids, whoever asks: the last line behind the rules."""

from datetime import date
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as sql

from loans.ledger import store
from loans.ledger.model import CHART, Posting, Pot, credit, debit

ON = date(2025, 9, 1)


@pytest.fixture
def runtime_connection(office):
    """A session with the service's own rights, as somebody who broke into it would have."""
    with psycopg.connect(office.svc.settings.database_dsn) as connection:
        yield connection


def entry_by_hand(connection, office, on=ON, *lines):
    """Write an entry past all code, by SQL alone: (kind, subject, debit, credit)."""
    key = uuid4()
    connection.execute(
        """INSERT INTO entry (entry, council, pot, kind, document, "on", command, recorded_at, recorded_by)
           VALUES (%s, %s, 'youth', 'by_hand', %s, %s, %s, now(), 'nobody')""",
        (key, office.council, uuid4(), on, uuid4()),
    )
    for kind, subject, debit_, credit_ in lines:
        connection.execute(
            """INSERT INTO account (council, pot, kind, subject) VALUES (%s, 'youth', %s, %s)
               ON CONFLICT DO NOTHING""",
            (office.council, kind, subject or office.council),
        )
        connection.execute(
            """INSERT INTO posting (entry, account, debit, credit)
               SELECT %s, account, %s, %s FROM account
               WHERE council = %s AND pot = 'youth' AND kind = %s AND subject = %s""",
            (key, debit_, credit_, office.council, kind, subject or office.council),
        )
    return key


def test_the_chart_of_the_code_is_the_chart_of_the_database(office):
    rows = office.svc.sql("SELECT kind, book, normal, of FROM account_kind")
    assert {row["kind"]: (row["book"], row["normal"], row["of"]) for row in rows} == {
        kind: (account.book, account.normal, account.of) for kind, account in CHART.items()
    }


def test_an_entry_that_does_not_balance_does_not_commit(office, runtime_connection):
    office.set_aside()
    entry_by_hand(runtime_connection, office, ON, ("set_aside", None, 0, 5), ("available", None, 4, 0))
    with pytest.raises(sql.CheckViolation, match="does not balance"):
        runtime_connection.commit()


def test_one_book_does_not_make_up_for_the_other(office, runtime_connection):
    office.set_aside()
    entry_by_hand(runtime_connection, office, ON, ("lent", None, 0, 5), ("available", None, 5, 0))
    with pytest.raises(sql.CheckViolation, match="does not balance"):
        runtime_connection.commit()


def test_an_entry_without_postings_does_not_commit(office, runtime_connection):
    office.set_aside()
    entry_by_hand(runtime_connection, office)
    with pytest.raises(sql.CheckViolation, match="does not balance"):
        runtime_connection.commit()


def test_an_entry_lies_in_one_pot(office, runtime_connection):
    office.set_aside()
    key = entry_by_hand(runtime_connection, office, ON, ("available", None, 5, 0))
    runtime_connection.execute(
        """INSERT INTO posting (entry, account, debit, credit)
           SELECT %s, account, 0, 5 FROM account
           WHERE council = %s AND pot = 'women' AND kind = 'set_aside'""",
        (key, office.council),
    )
    with pytest.raises(sql.CheckViolation, match="does not balance"):
        runtime_connection.commit()


def test_a_posting_added_to_an_old_entry_does_not_commit(office, runtime_connection):
    office.set_aside()
    runtime_connection.execute(
        """INSERT INTO posting (entry, account, debit, credit)
           SELECT e.entry, a.account, 5, 0
           FROM entry e JOIN account a USING (council, pot)
           WHERE e.council = %s AND e.pot = 'youth' AND a.kind = 'set_aside'
             AND NOT EXISTS (SELECT FROM posting p WHERE p.entry = e.entry AND p.account = a.account)
           UNION ALL
           SELECT e.entry, a.account, 5, 0
           FROM entry e JOIN account a ON a.council = e.council AND a.pot = 'women' AND a.kind = 'available'
           WHERE e.council = %s AND e.pot = 'youth'""",
        (office.council, office.council),
    )
    with pytest.raises(sql.CheckViolation, match="does not balance"):
        runtime_connection.commit()


@pytest.mark.parametrize("kind", ["available", "reserved", "credit_held", "outstanding"])
def test_no_account_falls_below_zero(office, runtime_connection, kind):
    office.set_aside(10)
    subject = None if CHART[kind].of == "pot" else uuid4()
    other = "lent" if kind == "outstanding" else "set_aside"
    with pytest.raises(sql.CheckViolation):
        entry_by_hand(runtime_connection, office, ON, (other, None, 5, 0), (kind, subject, 0, 5))


def test_no_day_in_between_falls_below_zero(office, runtime_connection):
    """The balance of today would bear it; the balance of September would not."""
    office.set_aside(10_000, on=date(2025, 10, 1), quarter=2)
    with pytest.raises(sql.CheckViolation, match="less than nothing on 2025-09-01"):
        entry_by_hand(runtime_connection, office, ON, ("reserved", uuid4(), 5, 0), ("available", None, 0, 5))


def test_a_balance_can_be_given_by_nobody(office, runtime_connection):
    office.set_aside()
    runtime_connection.execute(
        "INSERT INTO account (council, pot, kind, subject, balance) VALUES (%s, 'youth', 'reserved', %s, 7)",
        (office.council, uuid4()),
    )
    found = runtime_connection.execute(
        "SELECT sum(balance) FROM account WHERE council = %s AND kind = 'reserved'", (office.council,)
    ).fetchone()
    assert found == (0,)
    for statement in ("UPDATE account SET balance = 7", "UPDATE pot_day SET change = 7"):
        runtime_connection.rollback()
        with pytest.raises(sql.InsufficientPrivilege):
            runtime_connection.execute(statement)


@pytest.mark.parametrize(
    "table",
    [
        "entry",
        "posting",
        "set_aside",
        "repayment",
        "repayment_reversal",
        "refund",
        "disbursement_void",
        "opening_balance",
        "closed_quarter",
        "closed_day",
        "pot_arrears",
        "loan_ageing",
        "reschedule",
        "scheme_change",
        "revenue_report",
        "account_balance",
        "instalment",
        "application_step",
        "application_criterion",
        "application_member",
    ],
)
def test_facts_are_neither_changed_nor_deleted_by_the_service_nor_by_its_owner(
    office, runtime_connection, table
):
    office.set_aside()
    office.repay(office.lent(), 1_000)
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(sql.InsufficientPrivilege):
            runtime_connection.execute(statement)
        runtime_connection.rollback()
        with pytest.raises(sql.RestrictViolation, match="holds facts"):
            office.svc.sql(statement)
    [column] = office.svc.sql(
        """SELECT column_name AS name FROM information_schema.columns
           WHERE table_schema = 'loans' AND table_name = %(table)s AND is_identity = 'NO'
             AND is_generated = 'NEVER' LIMIT 1""",
        table=table,
    )
    change = f'UPDATE {table} SET "{column["name"]}" = "{column["name"]}"'
    with pytest.raises(sql.InsufficientPrivilege):
        runtime_connection.execute(change)
    runtime_connection.rollback()
    with pytest.raises(sql.RestrictViolation, match="holds facts"):
        office.svc.sql(change)


def test_a_fact_is_booked_once(office):
    office.set_aside()
    set_aside = uuid4()
    entry = Pot(UUID(office.council), "youth").set_aside(set_aside, ON, 5)
    with office.svc.tx() as tx:
        store.post(tx, entry)
    with pytest.raises(sql.UniqueViolation), office.svc.tx() as tx:
        store.post(tx, entry)
    # Undone by its opposite, so that the books agree with the records again.
    with office.svc.tx() as tx:
        opposite = Pot(UUID(office.council), "youth")._entry(
            "opposite", ON, set_aside, debit("set_aside", 5), credit("available", 5)
        )
        store.post(tx, opposite)


def test_the_faults_view_sees_a_ledger_that_left_the_records(office):
    """A fault is planted, seen, and taken back."""
    office.set_aside()
    pot = Pot(UUID(office.council), "youth")
    with office.svc.tx() as tx:
        store.post(tx, pot.set_aside(uuid4(), ON, 5))
    assert {fault["fault"] for fault in office.faults()} == {"ledger_is_not_the_records"}
    lines: tuple[Posting, ...] = (debit("set_aside", 5), credit("available", 5))
    with office.svc.tx() as tx:
        store.post(tx, pot._entry("opposite", ON, uuid4(), *lines))
    assert office.faults() == []


def test_the_position_by_days_is_the_position_by_postings(office):
    office.set_aside(100_000_000)
    office.repay(office.lent(9_000_000), 9_400_000)
    office.approved(office.group("women"), 2_000_000)
    law = office.svc.sql("SELECT * FROM pot_law WHERE council = %(council)s", council=office.council)
    for row in law:
        seen = office.pots()[row["pot"]]
        assert {name: seen[name] for name in seen if name != "pot"} == {
            name: int(row[name]) for name in row if name not in ("council", "pot", "lent", "written_off")
        }
