"""Areas that change by law: one instrument at a time, whole or not at all, and every day's map stays known."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.errors import Conflict, Forbidden, NotFound, Refused

NKASI, KALAMBO = "TZ-20.nkasi", "TZ-20.kalambo"
CHALA, KATE, MATAI, CHIMA = f"{NKASI}.chala", f"{NKASI}.kate", f"{KALAMBO}.matai", f"{NKASI}.chala.chima"


def change(office, *changes, on="2025-07-01", caller="registrar", areas=("*",), **body):
    told = office.svc.call(
        "change_areas",
        roles=["registrar"],
        areas=areas,
        caller=caller,
        country="TZ",
        instrument="GN 12 of 2025",
        source="Government Gazette",
        effective_on=on,
        changes=list(changes),
        **body,
    )
    office.areas |= {new["code"]: new["area"] for new in told["created"]}
    return told


def shown(office, code, on):
    return office.registrar("area", country="TZ", code=code, as_of=on)


def way(office, code, on):
    return [step["name"] for step in shown(office, code, on)["path"]]


def seen(office, code, on):
    """Where the copy that scopes are judged by has an area on a day: the codes from the country down."""
    with office.svc.tx() as tx:
        codes = {area: code for code, area in office.areas.items()}
        found = tx.area(office.areas[code], datetime.fromisoformat(on).date())
        return found and [codes[str(step)] for step in found["path"]]


def refused(office, *changes, **more):
    with pytest.raises(Refused, match="bad_changes") as error:
        change(office, *changes, **more)
    return error.value.fields


def test_an_area_is_renamed_from_a_day_on(office):
    change(office, {"change": "rename", "area": CHALA, "name": "Chala Mpya"})

    assert shown(office, CHALA, "2025-06-30")["name"] == "Chala"
    after = shown(office, CHALA, "2025-07-01")
    assert (after["name"], after["version"], after["instrument"]) == ("Chala Mpya", 2, "GN 12 of 2025")
    assert office.registrar("areas", country="TZ", name="mpya", as_of="2025-06-30")["items"] == []
    (event,) = office.svc.events("area_renamed")
    assert event["data"]["name"] == "Chala Mpya"
    assert event["aggregateversion"] == 2
    assert event["data"]["path"] == [office.areas[c] for c in ("TZ", "TZ-20", NKASI, CHALA)]


def test_a_ward_moves_to_another_council_with_what_lies_in_it(office):
    told = change(office, {"change": "move", "area": CHALA, "parent": KALAMBO})

    assert (told["changed"], told["carried"], told["abolished"]) == (1, 1, 0)
    assert way(office, CHIMA, "2025-06-30")[2:] == ["Nkasi District Council", "Chala", "Chima"]
    assert way(office, CHIMA, "2025-07-01")[2:] == ["Kalambo District Council", "Chala", "Chima"]
    assert seen(office, CHIMA, "2025-06-30")[2] == NKASI
    assert seen(office, CHIMA, "2025-07-01")[2] == KALAMBO
    moved = {e["data"]["area"]: e["data"]["carried"] for e in office.svc.events("area_moved")}
    assert moved == {office.areas[CHALA]: False, office.areas[CHIMA]: True}


def test_officers_see_by_the_map_of_their_local_day(office):
    group = office.register_group()["group"]
    change(office, {"change": "move", "area": CHALA, "parent": KALAMBO}, on="2025-09-01")

    def visible(council):
        return office.svc.call("groups", roles=["ward_officer"], areas=[office.areas[council]])["items"]

    office.svc.at(datetime(2025, 8, 31, 20, 59, tzinfo=UTC))
    assert ([g["group"] for g in visible(NKASI)], visible(KALAMBO)) == ([group], [])
    office.svc.at(datetime(2025, 8, 31, 21, 0, tzinfo=UTC))  # midnight in Tanzania, not yet in UTC
    assert (visible(NKASI), [g["group"] for g in visible(KALAMBO)]) == ([], [group])


def split_nkasi(office, **more):
    """Nkasi gives Kate to a new council, Wampembe, by weights."""
    return change(
        office,
        {
            "change": "create",
            "area": "TZ-20.wampembe",
            "level": "council",
            "name": "Wampembe",
            "parent": "TZ-20",
        },
        {
            "change": "split",
            "area": NKASI,
            "into": [{"area": NKASI, "weight": 70}, {"area": "TZ-20.wampembe", "weight": 30}],
        },
        {"change": "move", "area": KATE, "parent": "TZ-20.wampembe"},
        **more,
    )


def test_a_council_gives_a_part_of_itself_to_a_new_one(office):
    told = split_nkasi(office)

    assert [new["code"] for new in told["created"]] == ["TZ-20.wampembe"]
    assert way(office, KATE, "2025-07-01")[2] == "Wampembe"
    with pytest.raises(NotFound):
        shown(office, "TZ-20.wampembe", "2025-06-30")
    old = shown(office, NKASI, "2025-07-01")
    assert [(s["area"], s["kind"], s["weight"]) for s in old["successors"]] == sorted(
        [(office.areas[NKASI], "split", 70), (office.areas["TZ-20.wampembe"], "split", 30)]
    )
    new = shown(office, "TZ-20.wampembe", "2025-07-01")
    assert [each["area"] for each in new["predecessors"]] == [office.areas[NKASI]]
    (event,) = office.svc.events("area_split")
    assert event["data"]["into"] == [
        {"area": office.areas[NKASI], "weight": 70},
        {"area": office.areas["TZ-20.wampembe"], "weight": 30},
    ]
    # It goes on, so its past stays its own.
    assert office.svc.events("area_abolished") == []


def test_two_councils_are_merged_and_their_past_is_seen_by_the_new_one(office):
    group = office.register_group()["group"]
    change(
        office,
        {"change": "create", "area": "TZ-20.ufipa", "level": "council", "name": "Ufipa", "parent": "TZ-20"},
        {"change": "merge", "area": "TZ-20.ufipa", "areas": [NKASI, KALAMBO]},
    )

    for code in (CHALA, KATE, MATAI, CHIMA):
        assert way(office, code, "2025-07-01")[2] == "Ufipa"
    with pytest.raises(NotFound):
        shown(office, NKASI, "2025-07-01")
    assert shown(office, NKASI, "2025-06-30")["valid_to"] == "2025-07-01"
    ufipa = [office.areas["TZ-20.ufipa"]]
    assert [g["group"] for g in office.svc.call("groups", roles=["ward_officer"], areas=ufipa)["items"]] == [
        group
    ]
    with office.svc.tx() as tx:
        visible = {
            str(r["area"]) for r in tx.all("SELECT area FROM visible_area(%(a)s, NULL, %(now)s)", a=ufipa)
        }
    assert {office.areas[NKASI], office.areas[KALAMBO]} <= visible
    (merged,) = office.svc.events("areas_merged")
    assert merged["data"]["areas"] == [office.areas[NKASI], office.areas[KALAMBO]]
    ended = {e["subject"]: e["data"]["successors"] for e in office.svc.events("area_abolished")}
    assert ended[office.areas[NKASI]] == [{"area": ufipa[0], "weight": None}]


def test_a_ward_is_split_into_new_ones_that_both_see_its_past(office):
    group = office.register_group()["group"]
    change(
        office,
        *(
            {"change": "create", "area": f"{NKASI}.{name}", "level": "ward", "name": name, "parent": NKASI}
            for name in ("chala-a", "chala-b")
        ),
        {
            "change": "split",
            "area": CHALA,
            "into": [{"area": f"{NKASI}.chala-a"}, {"area": f"{NKASI}.chala-b"}],
        },
        {"change": "move", "area": CHIMA, "parent": f"{NKASI}.chala-b"},
    )

    for name in ("chala-a", "chala-b"):
        scope = [office.areas[f"{NKASI}.{name}"]]
        assert office.svc.call("group", roles=["ward_officer"], areas=scope, group=group)["group"] == group
    with pytest.raises(NotFound):
        office.svc.call("group", roles=["ward_officer"], areas=[office.areas[KATE]], group=group)


def test_an_area_is_abolished_only_once_nothing_lies_in_it(office):
    faults = refused(office, {"change": "abolish", "area": CHALA})
    assert faults == {"changes.1": f"{CHIMA} still lies in {CHALA}; say where it goes"}
    told = change(office, {"change": "abolish", "area": CHIMA}, {"change": "abolish", "area": CHALA})
    assert told["abolished"] == 2
    assert seen(office, CHIMA, "2025-07-01") is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ([{"change": "rename", "area": CHALA, "name": "Chala"}], "give its new name"),
        ([{"change": "rename", "area": "TZ-99", "name": "X"}], "no area TZ-99 is in force"),
        ([{"change": "move", "area": CHALA, "parent": MATAI}], "a ward cannot lie in a ward"),
        ([{"change": "move", "area": CHALA, "parent": "TZ-99"}], "no area TZ-99 is in force"),
        ([{"change": "move", "area": NKASI, "parent": CHALA}], "a council cannot lie in a ward"),
        ([{"change": "move", "area": "TZ", "parent": CHALA}], "a country cannot be moved"),
        ([{"change": "create", "area": KATE, "level": "ward", "name": "K", "parent": NKASI}], "on record"),
        ([{"change": "create", "area": "X", "level": "hut", "name": "K", "parent": NKASI}], "no level 'hut'"),
        ([{"change": "merge", "area": CHALA, "areas": [NKASI]}], "of another level"),
        ([{"change": "merge", "area": CHALA, "areas": [CHALA]}], "name the areas that are merged"),
        (
            [{"change": "split", "area": CHALA, "into": [{"area": CHALA}, {"area": NKASI}]}],
            "of another level",
        ),
        (
            [{"change": "split", "area": CHALA, "into": [{"area": CHALA, "weight": 1}, {"area": KATE}]}],
            "give each part a weight, or none",
        ),
        (
            [{"change": "split", "area": CHALA, "into": [{"area": KATE}, {"area": MATAI}]}],
            "say where it goes",
        ),
        (
            [
                {"change": "merge", "area": KATE, "areas": [CHALA]},
                {"change": "merge", "area": MATAI, "areas": [CHALA]},
            ],
            "ends twice",
        ),
        ([{"change": "abolish", "area": "TZ"}], "a country cannot be abolished"),
    ],
)
def test_an_instrument_that_does_not_hang_together_is_refused_whole(office, changes, fault):
    before = office.svc.sql("SELECT count(*) AS n FROM area_version")
    faults = refused(office, {"change": "rename", "area": "TZ-20", "name": "Rukwa Mpya"}, *changes)
    assert any(fault in told for told in faults.values()), faults
    assert office.svc.sql("SELECT count(*) AS n FROM area_version") == before
    assert office.svc.events("area_renamed") == []


def test_instruments_are_recorded_in_the_order_of_their_dates(office):
    change(office, {"change": "move", "area": CHALA, "parent": KALAMBO})
    later = "has changes on record on this day or later"
    for on in ("2025-07-01", "2024-01-01"):
        assert later in refused(office, {"change": "rename", "area": CHALA, "name": "X"}, on=on)["changes.1"]
        # What lies in it was carried along, and would be again.
        assert later in refused(office, {"change": "rename", "area": CHIMA, "name": "X"}, on=on)["changes.1"]
    change(office, {"change": "rename", "area": KATE, "name": "Kate Mpya"}, on="2024-01-01")
    change(office, {"change": "rename", "area": CHALA, "name": "X"}, on="2025-07-02")


def test_only_who_answers_for_the_whole_country_changes_its_map(office):
    with pytest.raises(Forbidden):
        change(office, {"change": "rename", "area": CHALA, "name": "X"}, areas=[office.areas[NKASI]])


def test_a_repeated_command_changes_the_map_once(office):
    body = {"command_id": "01936f6a-1c00-7a10-8a10-00000000abcd"}
    rename = {"change": "rename", "area": CHALA, "name": "X"}
    assert change(office, rename, **body) == change(office, rename, **body)
    assert len(office.svc.events("area_renamed")) == 1
    with pytest.raises(Conflict):
        change(office, {**rename, "name": "Y"}, **body)


def test_of_two_instruments_for_one_day_at_once_one_takes_effect(office):
    gate = threading.Barrier(2)

    def move(parent):
        gate.wait()
        try:
            return change(office, {"change": "merge", "area": parent, "areas": [CHALA]})["abolished"]
        except Refused:
            return 0

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, [KATE, MATAI])) == [0, 1]
    assert len(office.svc.events("area_abolished")) == 1


def test_an_import_knows_moved_and_abolished_areas(office):
    change(office, {"change": "move", "area": CHALA, "parent": KALAMBO}, {"change": "abolish", "area": KATE})
    assert office.import_areas("TZ", office.RUKWA)["created"] == 0
    office.import_areas("TZ", [(f"{CHALA}.ntuchi", "village", "Ntuchi", CHALA)])
    assert seen(office, f"{CHALA}.ntuchi", "2025-08-01")[2] == KALAMBO
    with pytest.raises(Refused) as error:
        office.import_areas("TZ", [(f"{KATE}.kantawa", "village", "Kantawa", KATE)])
    assert error.value.fields == {f"{KATE}.kantawa": "its parent was abolished"}


def test_a_whole_region_moves_within_the_time_of_a_call(office):
    office.import_areas(
        "TZ",
        [
            ("TZ-15", "region", "Katavi", "TZ"),
            *((f"{NKASI}.w{n}", "ward", f"Kata {n}", NKASI) for n in range(2000)),
        ],
    )
    told = change(office, {"change": "move", "area": NKASI, "parent": "TZ-15"})
    assert told["carried"] == 2003
    assert seen(office, f"{NKASI}.w7", "2025-07-01")[1] == "TZ-15"


# -- What the database itself forbids, whatever the code does


@pytest.mark.parametrize(
    "statement",
    [
        # two at one time
        "UPDATE area_version SET valid_to = NULL WHERE valid_to IS NOT NULL AND version = 1",
        "UPDATE area_version SET valid_from = '2025-06-01' WHERE version = 2",
        # a gap
        "UPDATE area_version SET valid_to = '2025-06-01' WHERE version = 1 AND valid_to IS NOT NULL",
        # an end that is none
        "UPDATE area_version SET abolished = true WHERE valid_to IS NULL",
        "UPDATE area_version SET abolished = true WHERE version = 1 AND valid_to IS NOT NULL",
    ],
)
def test_the_versions_of_an_area_stay_one_chain(office, statement):
    change(office, {"change": "rename", "area": CHALA, "name": "X"})
    with pytest.raises(psycopg.errors.IntegrityError):
        office.svc.sql(statement)


def test_who_took_over_is_never_rewritten(office):
    split_nkasi(office)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        psycopg.connect(office.svc.settings.database_dsn) as connection,
    ):
        connection.execute("UPDATE area_succession SET weight = 1")


# -- Any sequence of changes


WARDS = [CHALA, KATE, MATAI]
step = st.one_of(
    st.tuples(st.just("move"), st.sampled_from([*WARDS, CHIMA]), st.sampled_from([NKASI, KALAMBO, *WARDS])),
    st.tuples(st.just("rename"), st.sampled_from([*WARDS, NKASI]), st.sampled_from(["A", "B"])),
    st.tuples(st.just("merge"), st.sampled_from(WARDS), st.sampled_from(WARDS)),
    st.tuples(st.just("merge"), st.sampled_from([NKASI, KALAMBO]), st.sampled_from([NKASI, KALAMBO])),
    st.tuples(st.just("abolish"), st.sampled_from([*WARDS, CHIMA]), st.none()),
)


def clause(kind, area, other):
    return {
        "move": {"change": "move", "area": area, "parent": other},
        "rename": {"change": "rename", "area": area, "name": other},
        "merge": {"change": "merge", "area": area, "areas": [other]},
        "abolish": {"change": "abolish", "area": area},
    }[kind]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=6))
def test_after_any_sequence_of_changes_the_copies_agree_with_the_register_on_every_day(request, steps):
    """Every area lies in areas in force, and the copy by which scopes are judged says the same."""
    office = request.getfixturevalue("office")
    _start_again(office)
    days, day = [], datetime(2020, 1, 1, tzinfo=UTC)
    for kind, area, other in steps:
        day = day.replace(year=day.year + 1)
        days.append(day.date().isoformat())
        try:
            change(office, clause(kind, area, other), on=days[-1])
        except Refused:
            continue
    for on in ("2019-12-31", *days):
        listed = office.registrar("areas", country="TZ", as_of=on, limit=500)["items"]
        there = {item["code"] for item in listed}
        for code in office.areas:
            copy = seen(office, code, on)
            assert (copy is not None) == (code in there)
            if copy is not None:
                codes = {area: c for c, area in office.areas.items()}
                path = shown(office, code, on)["path"]
                assert [codes[each["area"]] for each in path] == copy
                assert set(copy) <= there


def _start_again(office):
    office.svc.sql(
        "TRUNCATE area, area_version, area_succession, scope_area, scope_succession, scope_predecessor CASCADE"
    )
    office.areas.clear()
    office.import_areas("TZ", office.RUKWA)
