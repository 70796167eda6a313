"""Work, a backup, more work, a restore: followers stop, come back when asked, and what was lost is entered again.

Registry and loans are restored to the backup while cases and reports run on with all that they have read since.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.client import Client
from chassis.envelope import CHAIN_START, chained
from chassis.errors import Refused, Unavailable
from e2e import small_world
from e2e.beneath import Beneath
from e2e.conftest import System
from instances import SharedServers
from running import eventually
from ustawi.backup.folder import Folder
from ustawi.backup.places import Place
from ustawi.backup.restore_console import target_of
from ustawi.backup.restoring import restore
from ustawi.backup.sealing import Keyring
from ustawi.backup.taking import take
from ustawi.demo.office import Office
from ustawi.demo.officers import AUDITOR, REGISTRAR, finance_officer, region_officer
from ustawi.init.services import service
from ustawi.reconcile import Fork, forks, listed, lost_facts, reconcile_all
from ustawi.token import office_token

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]

COUNCIL = small_world.COUNCIL
NEW_WARD = f"{COUNCIL}.kilima"


@pytest.fixture
def office(system: System) -> Iterator[Office]:
    office = Office(system.addresses, say=print)
    yield office
    office.close()


@pytest.fixture
def operations(system: System) -> Iterator[Client]:
    token = office_token(system.addresses.office_key, "ops.asha", ["operations"], ["*"], 1)
    client = Client(system.addresses.amqp_uri, token, name="operations")
    yield client
    client.close()


def set_aside(office: Office, quarter: int, amount: int) -> dict[str, Any]:
    on = {1: "2025-07-14", 2: "2025-10-14", 3: "2026-01-14"}[quarter]
    return office.command(
        finance_officer(COUNCIL),
        "loans",
        "set_aside",
        f"restore/fund/{quarter}",
        council=office.areas[COUNCIL],
        fiscal_year="2025/26",
        quarter=quarter,
        on=on,
        amount=amount,
        instrument=f"MFANO {quarter}",
    )


def more_work(office: Office) -> None:
    """What the restore will lose: money set aside in two quarters, a ward, a holiday called off."""
    set_aside(office, 2, 2_000_000)
    set_aside(office, 3, 3_000_001)
    office.command(
        REGISTRAR,
        "registry",
        "import_areas",
        "restore/ward",
        country="TZ",
        source="made for tests",
        instrument="none",
        areas=[
            {
                "code": NEW_WARD,
                "level": "ward",
                "name": "Kilima",
                "parent": COUNCIL,
                "valid_from": "2015-01-01",
            }
        ],
    )
    office.command(
        REGISTRAR,
        "registry",
        "override_holiday",
        "restore/holiday",
        country="TZ",
        on="2026-03-04",
        holiday=True,
        name="Siku ya Mfano",
        instrument="MFANO 1",
    )


def figures(office: Office) -> list[dict[str, Any]]:
    told = office.ask(
        region_officer(small_world.REGION),
        "reports",
        "indicator",
        name="fund_set_aside",
        area=office.areas[small_world.REGION],
        fiscal_year="2025/26",
        by=["pot"],
    )
    return sorted(told["cells"], key=str)


def measures(beneath: Beneath) -> list[tuple[Any, ...]]:
    return beneath.sql(
        """
        SELECT indicator, grain, starts_on, area, dim1, dim2, dim3, value FROM reports.measure m
        JOIN reports.figures_version v ON v.slot = m.slot AND v.state = 'live' WHERE value <> 0
        ORDER BY 1, 2, 3, 4, 5, 6, 7
        """
    )


def areas_of(beneath: Beneath, name: str) -> list[tuple[Any, ...]]:
    return beneath.sql(f"SELECT code, valid_from, name FROM {name}.scope_area ORDER BY 1, 2")


def holidays_of(beneath: Beneath, name: str) -> list[tuple[Any, ...]]:
    return beneath.sql(f'SELECT country, "on", overridden, name FROM {name}.scope_holiday ORDER BY 1, 2')


def all_forked(operations: Client) -> list[Fork] | None:
    try:
        found = forks(operations)
    except Unavailable:
        return None
    return found if {(each.service, each.source) for each in found} == FORKED else None


FORKED = {("cases", "registry"), ("reports", "registry"), ("reports", "loans")}


def test_what_a_restore_lost_is_told_and_entered_again(
    system: System, office: Office, operations: Client, servers: SharedServers, tmp_path: Path
) -> None:
    beneath = Beneath(system.services, servers.postgres, servers.rabbitmq)
    small_world.define(office)
    office.until_applied()
    set_aside(office, 1, 1_000_000)
    office.until_all_applied()
    before, before_measures = figures(office), measures(beneath)

    place = Place.of(system.database.addresses, tmp_path / "backups")
    backup, _ = take(place)

    more_work(office)
    office.until_all_applied()
    full, full_areas = figures(office), areas_of(beneath, "registry")
    assert full != before
    lost_events = {
        event: (source, position)
        for source in ("registry", "loans")
        for position, event, *_ in beneath.log_of(source)
        if position > backup.manifest(Keyring.load(place.key_file))["services"][source]["log"]["position"]
    }
    assert len(lost_events) >= 4

    # The restore: registry and loans alone.
    for name in ("registry", "loans"):
        assert system.services[name].stop() == 0
    done = restore(
        target_of(system.database.addresses, servers.postgres.dsn()),
        Folder(place.folder),
        Keyring.load(place.key_file),
        backup,
        [service("registry"), service("loans")],
        replace=True,
    )
    assert done.services.keys() == {"registry", "loans"}
    for name in ("registry", "loans"):
        system.services[name].start()

    # Whoever had read further stands still and says so; loans, restored beside its source, does not.
    found = eventually(lambda: all_forked(operations), 60, "the forks are seen")
    assert {each.forked["why"] for each in found} == {"the source was restored to an earlier moment"}
    with pytest.raises(Refused, match="forked"):
        operations.call("reports", "resume_stream", {"source": "loans"})
    assert figures(office) == full  # what was told stays told until somebody decides

    said: list[str] = []
    reconcile_all(operations, found, 120, said.append)
    assert len(said) == 3
    office.until_all_applied()

    # Copies are what the source holds, figures are those of before: and both are what a rebuild makes.
    assert areas_of(beneath, "cases") == areas_of(beneath, "reports") == areas_of(beneath, "registry")
    assert holidays_of(beneath, "cases") == holidays_of(beneath, "registry")
    assert NEW_WARD not in {code for code, *_ in areas_of(beneath, "cases")}
    assert figures(office) == before
    assert measures(beneath) == before_measures
    for source in ("registry", "loans", "cases"):
        facts_are_the_log(beneath, source)

    # Every lost fact is listed, with who entered it and by which command; nothing else is.
    rows = list(csv.DictReader(io.StringIO(listed(lost_facts(operations), "csv"))))
    assert {row["event"]: (row["source"], int(row["position"])) for row in rows} == lost_events
    assert all(row["actor"] and row["command"] for row in rows)
    told = json.loads(listed(lost_facts(operations, "loans"), "json"))
    assert [fact["data"]["amount"] for fact in told] == [2_000_000, 3_000_001]
    assert {fact["actor"] for fact in told} == {finance_officer(COUNCIL).subject}

    # Entered again under the same command ids: new facts, and the figures that there were.
    more_work(office)
    office.until_all_applied()
    assert figures(office) == full
    assert [row[0] for row in areas_of(beneath, "cases")] == [row[0] for row in full_areas]
    assert forks(operations) == []
    facts_are_the_log(beneath, "loans")
    position = office.heads()["loans"]
    more_work(office)
    assert office.heads()["loans"] == position
    assert office.ask(AUDITOR, "reports", "freshness")["sources"]


def facts_are_the_log(beneath: Beneath, source: str) -> None:
    log = beneath.log_of(source)
    assert beneath.facts_of(source) == [(position, event, body) for position, event, body, _ in log]
    before = CHAIN_START
    for position, _, body, chain in log:
        before = chained(before, body)
        assert before == bytes(chain), f"{source} at {position}"
