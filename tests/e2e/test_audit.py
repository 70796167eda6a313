"""`ustawi audit verify` after a year of the office: what an administrator of the database changes, it finds."""

import io
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import psycopg
import pytest

from ustawi.demo import story
from ustawi.demo.files import DataFiles
from ustawi.demo.load import CONNECTIONS
from ustawi.demo.office import Office
from ustawi.demo.stage import Stage
from ustawi.demo.telling import Teller

pytestmark = pytest.mark.xdist_group("e2e")

TODAY = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).date().isoformat()


@pytest.fixture(scope="module")
def year(system) -> None:
    """The office's whole story, told once."""
    tells = Teller(io.StringIO())
    office = Office(system.addresses, connections=CONNECTIONS, say=tells.say)
    assert story.tell(Stage(office, tells, DataFiles()), TODAY)
    office.close()


@pytest.fixture
def administrator(system) -> Iterator[psycopg.Connection]:
    """Somebody who may do everything in the database, and whose changes are taken back after the test."""
    with psycopg.connect(system.database.superuser_dsn(), autocommit=True) as connection:
        for table in ("loans.event", "loans.account", "loans.log_head", "reports.fact"):
            copy = table.replace(".", "_")
            connection.execute(f"CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {table}")
        yield connection
        connection.execute(
            "UPDATE loans.event e SET body = c.body, chain = c.chain FROM loans_event c WHERE c.position = e.position"
        )
        connection.execute(
            """
            UPDATE loans.account a SET balance = c.balance FROM loans_account c
            WHERE (a.council, a.pot, a.kind, a.subject) = (c.council, c.pot, c.kind, c.subject)
              AND a.balance <> c.balance
            """
        )
        connection.execute("UPDATE loans.log_head SET chain = (SELECT chain FROM loans_log_head)")
        connection.execute(
            "UPDATE reports.fact f SET body = c.body FROM reports_fact c"
            " WHERE (f.source, f.log, f.position) = (c.source, c.log, c.position) AND f.body <> c.body"
        )


def a_payment(administrator: psycopg.Connection) -> tuple[int, str]:
    """(position, subject) of a payment in the middle of the log."""
    row = administrator.execute(
        "SELECT position, subject FROM loans.event WHERE type = 'repayment_recorded' ORDER BY position LIMIT 1"
    ).fetchone()
    assert row is not None
    return row


def rewrite(administrator: psycopg.Connection, position: int) -> None:
    done = administrator.execute(
        """UPDATE loans.event SET body = replace(body, '"type":"repayment_recorded"', '"type":"repayment_reversed"')
        WHERE position = %s""",
        [position],
    )
    assert done.rowcount == 1


@pytest.mark.slow
def test_after_a_year_of_work_all_agree(year, ustawi):
    told = ustawi("audit", "verify", "--json")
    assert told["agrees"]
    assert [log["service"] for log in told["logs"]] == ["registry", "loans", "cases", "reports"]
    assert told["logs"][0]["followers"] == ["cases", "loans", "reports"]
    assert told["loans"] == 6
    assert "All agree." in ustawi("audit", "verify")


@pytest.mark.slow
def test_one_event_rewritten_is_found_where_it_stands(year, administrator, ustawi):
    position, subject = a_payment(administrator)
    rewrite(administrator, position)
    told = ustawi("audit", "verify", "--json", exits=1)
    found = [(each["log"], each["position"], each["told"]) for each in told["partings"]]
    assert ("loans", position, "was rewritten: the next event names another chain") in found
    assert ("loans", position, "is not what reports keeps of it: one of the two was changed") in found
    assert {each["position"] for each in told["partings"]} == {position}
    parted = next(each for each in told["partings"] if each["event"])
    assert parted["event"]["subject"] == subject
    # The balance of that loan no longer is what its events sum to.
    assert [each["what"] for each in told["balances"]][:1] == ["outstanding"]


@pytest.mark.slow
def test_an_event_rewritten_with_all_chains_made_anew_is_found_by_those_who_had_read_it(
    year, administrator, ustawi
):
    """What an administrator who knows the system would do: nothing in this database gives it away."""
    position, _ = a_payment(administrator)
    rewrite(administrator, position)
    chain = administrator.execute(
        "SELECT chain FROM loans.event WHERE position = %s", [position - 1]
    ).fetchone()[0]
    rows = administrator.execute(
        "SELECT position, body FROM loans.event WHERE position >= %s ORDER BY position", [position]
    ).fetchall()
    for at, body in rows:
        head, _, _ = body.rpartition('"chain":"')
        text = f'{head}"chain":"{bytes(chain).hex()}"}}'
        chain = sha256(bytes(chain) + text.encode()).digest()
        administrator.execute(
            "UPDATE loans.event SET body = %s, chain = %s WHERE position = %s", [text, chain, at]
        )
    administrator.execute("UPDATE loans.log_head SET chain = %s", [chain])
    told = ustawi("audit", "verify", "--json", "--service", "loans", exits=1)["partings"]
    assert any("reports holds another chain there" in each["told"] for each in told)
    first = min(each["position"] for each in told)
    assert first == position
    administrator.execute("UPDATE reports.stream_position SET forked = NULL")


@pytest.mark.slow
def test_a_copy_changed_in_reports_is_found_too(year, administrator, ustawi):
    position, _ = a_payment(administrator)
    administrator.execute(
        "UPDATE reports.fact SET body = replace(body, '\"amount\":', '\"amount\":1')"
        " WHERE source = 'loans' AND position = %s",
        [position],
    )
    told = ustawi("audit", "verify", "--json", "--service", "loans", exits=1)
    assert [(each["position"], each["told"]) for each in told["partings"]] == [
        (position, "is not what reports keeps of it: one of the two was changed")
    ]
    assert told["balances"] == []


@pytest.mark.slow
def test_one_balance_changed_is_found(year, administrator, ustawi):
    row = administrator.execute(
        """
        UPDATE loans.account SET balance = balance - 1000 WHERE kind = 'outstanding' AND subject IN
            (SELECT loan FROM loans.loan WHERE state = 'active' ORDER BY loan LIMIT 1)
        RETURNING subject, balance
        """
    ).fetchone()
    assert row is not None
    told = ustawi("audit", "verify", "--json", "--service", "loans", exits=1)
    assert told["partings"] == []
    assert [(each["loan"], each["what"], each["table"], each["events"]) for each in told["balances"]] == [
        (str(row[0]), "outstanding", row[1], row[1] + 1000)
    ]
    assert "outstanding is" in ustawi("audit", "verify", "--service", "loans", exits=1)
