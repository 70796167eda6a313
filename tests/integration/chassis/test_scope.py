"""The dated copy of countries, areas and holidays, and who may see what by it."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from chassis import scope
from chassis.errors import Refused
from chassis.migrations import migrate
from chassis.reference import check_reference, next_reference
from chassis.service import CHASSIS_MIGRATIONS

TANZANIA = {
    "country": "TZ",
    "name": "Tanzania",
    "time_zone": "Africa/Dar_es_Salaam",
    "currency": "TZS",
    "fiscal_year_start_month": 7,
    "languages": ["sw", "en"],
    "level_names": {"sw": {"ward": "Kata"}},
}


class Tx:
    """A transaction as handlers know it, at half past midnight in Tanzania: in UTC it is still the day before."""

    def __init__(self, connection):
        self.connection = connection
        self.now = datetime(2025, 12, 8, 21, 30, tzinfo=UTC)

    def all(self, sql, /, **params):
        return self.connection.execute(sql, {"now": self.now, **params}).fetchall()

    def one(self, sql, /, **params):
        return self.connection.execute(sql, {"now": self.now, **params}).fetchone()

    def value(self, sql, /, **params):
        row = self.one(sql, **params)
        return None if row is None else next(iter(row.values()))

    def run(self, sql, /, **params):
        return self.connection.execute(sql, params).rowcount


@pytest.fixture(scope="module")
def database(new_database):
    database = new_database()
    migrate(database.dsn("loans", owner=True), "loans", "loans", [CHASSIS_MIGRATIONS])
    return database


@pytest.fixture
def tx(database):
    with psycopg.connect(database.dsn("loans"), row_factory=dict_row) as connection:
        yield Tx(connection)
        connection.rollback()


def area(level, parent=None, valid_from="2020-01-01", **more):
    own = more.pop("area", None) or str(uuid4())
    return {
        "area": own,
        "country": "TZ",
        "level": level,
        "code": level[:3],
        "name": level.title(),
        "parent": parent and parent["area"],
        "path": [*(parent["path"] if parent else []), own],
        "valid_from": valid_from,
        **more,
    }


@pytest.fixture
def tree():
    country = area("country")
    region = area("region", country)
    councils = [area("council", region), area("council", region)]
    wards = [area("ward", councils[0]), area("ward", councils[0]), area("ward", councils[1])]
    return [country, region, *councils, *wards]


def put_country(tx, **facts):
    handle(tx, "country_defined", **{**TANZANIA, **facts})


def handle(tx, type, **data):
    scope.HANDLERS[type](tx, SimpleNamespace(data=data))


def visible(tx, *areas, on=None):
    rows = tx.all("SELECT area FROM visible_area(%(areas)s, %(on)s, %(now)s)", areas=list(areas), on=on)
    return {str(row["area"]) for row in rows}


def test_events_keep_the_copy_in_any_order(tx, tree):
    for each in reversed(tree):
        handle(tx, "area_created", **each)
    handle(tx, "country_defined", **TANZANIA)

    ward = scope.area(tx, tree[4]["area"])
    assert (ward["level"], str(ward["parent"])) == ("ward", tree[2]["area"])
    assert [str(each) for each in ward["path"]] == tree[4]["path"]
    assert (ward["valid_from"], ward["valid_to"]) == (date(2020, 1, 1), None)


def test_an_event_taken_twice_changes_nothing(tx, tree):
    def copy():
        return tx.all("SELECT * FROM scope_area ORDER BY area, valid_from")

    for each in tree:
        handle(tx, "area_created", **each)
    first = copy()
    for each in tree:
        handle(tx, "area_created", **each)

    assert copy() == first
    assert len({row["area"] for row in first}) == 7


def test_a_caller_sees_their_areas_and_what_lies_below(tx, tree):
    scope.put_areas(tx, tree)
    _, region, council, other, ward, _, far = [each["area"] for each in tree]

    assert visible(tx, council) == {tree[2]["area"], tree[4]["area"], tree[5]["area"]}
    assert visible(tx, ward, far) == {ward, far}
    assert visible(tx, region) == {each["area"] for each in tree[1:]}
    assert visible(tx, "*") == visible(tx, "*", ward) == {each["area"] for each in tree}
    assert visible(tx) == set()
    assert visible(tx, str(uuid4())) == set()
    assert scope.within(tx, ward, [council])
    assert not scope.within(tx, ward, [other])
    assert not scope.within(tx, uuid4(), [council])
    assert scope.within(tx, uuid4(), ["*"])
    assert not scope.within(tx, ward, [])


def test_a_list_is_kept_to_the_caller_s_areas(tx, tree):
    scope.put_areas(tx, tree)
    unknown = str(uuid4())
    wards = [tree[4]["area"], tree[6]["area"], unknown]

    def seen(*areas):
        rows = tx.all(
            f"SELECT ward FROM unnest(%(wards)s::uuid[]) AS v (ward) WHERE {scope.visible('v.ward')}",
            wards=wards,
            areas=list(areas),
        )
        return {str(row["ward"]) for row in rows}

    assert seen(tree[2]["area"]) == {tree[4]["area"]}
    assert seen("*") == {tree[4]["area"], tree[6]["area"], unknown}
    assert seen() == set()


def moved(tree):
    """The first ward goes to the other council on 1 July 2024, under a new name."""
    return area("ward", tree[3], "2024-07-01", area=tree[4]["area"], name="New Ward")


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_versions_of_an_area_follow_each_other_in_whatever_order_they_come(tx, tree, order):
    scope.put_areas(tx, tree[:4])
    for index in order:
        scope.put_areas(tx, [[tree[4], moved(tree)][index]])

    before, after = (scope.area(tx, tree[4]["area"], on) for on in (date(2024, 6, 30), date(2024, 7, 1)))
    assert (before["name"], before["valid_to"]) == ("Ward", date(2024, 7, 1))
    assert (after["name"], after["valid_to"]) == ("New Ward", None)
    assert scope.area(tx, tree[4]["area"]) == after
    assert scope.area(tx, tree[4]["area"], date(2019, 12, 31)) is None


def test_who_sees_an_area_depends_on_the_date(tx, tree):
    scope.put_areas(tx, [*tree, moved(tree)])
    old, new, ward = tree[2]["area"], tree[3]["area"], tree[4]["area"]

    assert scope.within(tx, ward, [old], date(2024, 6, 30))
    assert not scope.within(tx, ward, [new], date(2024, 6, 30))
    assert scope.within(tx, ward, [new])
    assert not scope.within(tx, ward, [old])
    assert ward in visible(tx, old, on=date(2024, 6, 30))
    assert ward in visible(tx, new)
    assert ward not in visible(tx, old)


@pytest.mark.parametrize(
    ("valid_from", "moved_by_now"),
    [("2025-12-08", True), ("2025-12-09", True), ("2025-12-10", False)],
)
def test_whose_an_area_is_turns_at_midnight_where_it_lies(tx, tree, valid_from, moved_by_now):
    # It is the 9th there, though not yet by the clock of the database, whatever its time zone.
    put_country(tx)
    scope.put_areas(tx, [*tree, {**moved(tree), "valid_from": valid_from}])
    old, new, ward = tree[2]["area"], tree[3]["area"], tree[4]["area"]

    assert scope.area(tx, ward)["name"] == ("New Ward" if moved_by_now else "Ward")
    assert scope.within(tx, ward, [new]) == (ward in visible(tx, new)) == moved_by_now
    assert scope.within(tx, ward, [old]) == (ward in visible(tx, old)) == (not moved_by_now)


def test_the_same_moment_is_another_day_in_another_country(tx):
    put_country(tx)
    put_country(tx, country="US", time_zone="Pacific/Honolulu")
    places = {code: {**area("council"), "country": code, "code": code} for code in ("TZ", "US", "XX")}
    renamed = [{**place, "valid_from": "2025-12-09", "name": "New"} for place in places.values()]
    scope.put_areas(tx, [*places.values(), *renamed])

    names = {code: scope.area(tx, place["area"])["name"] for code, place in places.items()}
    assert names == {"TZ": "New", "US": "Council", "XX": "Council"}  # a country not known yet: by UTC


def abolish(tx, gone, *heirs, on="2025-12-09"):
    scope.HANDLERS["area_abolished"](
        tx, SimpleNamespace(data={**gone, "valid_to": on, "successors": [{"area": h["area"]} for h in heirs]})
    )


def test_what_belonged_to_an_abolished_area_is_seen_by_its_successors(tx, tree):
    put_country(tx)
    scope.put_areas(tx, tree)
    council, other, ward = tree[2], tree[3], tree[4]
    abolish(tx, ward, tree[6])  # merged into a ward of the other council

    assert visible(tx, tree[6]["area"]) == {tree[6]["area"], ward["area"]}
    assert scope.within(tx, ward["area"], [other["area"]])
    assert scope.within(tx, ward["area"], [council["area"]])  # whose it was
    assert not scope.within(tx, ward["area"], [tree[5]["area"]])
    assert not scope.within(tx, ward["area"], [other["area"]], date(2025, 12, 8))


def test_successors_of_successors_see_it_in_whatever_order_it_is_told(tx, tree):
    put_country(tx)
    scope.put_areas(tx, tree)
    first, second, third = tree[4], tree[5], tree[6]
    abolish(tx, second, third, on="2024-01-01")
    abolish(tx, first, second, on="2020-06-01")

    assert visible(tx, third["area"]) == {each["area"] for each in (first, second, third)}
    assert visible(tx, third["area"], on=date(2023, 12, 31)) == {third["area"]}
    assert visible(tx, second["area"], on=date(2023, 12, 31)) == {first["area"], second["area"]}
    before = tx.all("SELECT * FROM scope_predecessor ORDER BY 1, 2")
    abolish(tx, second, third, on="2024-01-01")
    assert tx.all("SELECT * FROM scope_predecessor ORDER BY 1, 2") == before


def test_a_beginning_that_comes_again_does_not_bring_back_what_was_abolished(tx, tree):
    put_country(tx)
    scope.put_areas(tx, tree)
    abolish(tx, tree[4], tree[5])
    scope.put_areas(tx, [tree[4]])

    assert scope.area(tx, tree[4]["area"], date(2025, 12, 9)) is None


def test_an_area_that_was_abolished_stays_visible_to_those_whose_it_was(tx, tree):
    scope.put_areas(tx, [*tree[:4], {**tree[4], "valid_to": "2022-01-01"}])
    ward = tree[4]["area"]

    assert scope.within(tx, ward, [tree[2]["area"]])
    assert scope.within(tx, ward, [tree[2]["area"]], date(2010, 1, 1))
    assert scope.area(tx, ward, date(2021, 12, 31))["name"] == "Ward"
    assert scope.area(tx, ward, date(2022, 1, 1)) is None
    assert scope.area(tx, ward)["valid_to"] == date(2022, 1, 1)


def test_a_gap_between_versions_is_answered_by_the_earlier_one(tx, tree):
    scope.put_areas(tx, [{**tree[4], "valid_to": "2022-01-01"}, moved(tree)])

    assert scope.within(tx, tree[4]["area"], [tree[2]["area"]], date(2023, 1, 1))
    assert scope.area(tx, tree[4]["area"], date(2023, 1, 1)) is None


def test_two_versions_in_force_on_one_day_are_impossible(tx, tree):
    scope.put_areas(tx, tree)

    for statement in (
        """INSERT INTO scope_area SELECT area, country, level, code, name, parent, path, '2021-01-01', NULL,
           answers_from, answers_to FROM scope_area WHERE area = %(area)s""",
        """INSERT INTO scope_area SELECT area, country, level, code, name, parent, path, '2019-01-01',
           '2020-01-02', answers_from, answers_to FROM scope_area WHERE area = %(area)s""",
    ):
        with pytest.raises(psycopg.errors.ExclusionViolation), tx.connection.transaction():
            tx.run(statement, area=tree[4]["area"])


@pytest.mark.parametrize(
    "wrong",
    [{"path": []}, {"path": [str(uuid4())]}, {"parent": str(uuid4())}, {"valid_to": "2020-01-01"}],
)
def test_an_area_whose_path_or_dates_do_not_fit_is_refused(tx, tree, wrong):
    with pytest.raises(psycopg.errors.CheckViolation):
        scope.put_areas(tx, [{**tree[4], **wrong}])


def test_many_areas_are_kept_in_one_statement_and_found_by_index(tx):
    region = area("region")
    council = area("council", region)
    wards = [area("ward", council if n < 20 else region) for n in range(5000)]
    scope.put_areas(tx, [region, council, *wards])
    tx.run("ANALYZE scope_area")

    assert len(visible(tx, council["area"])) == 21
    plan = "\n".join(
        row["QUERY PLAN"]
        for row in tx.all(
            "EXPLAIN SELECT area FROM visible_area(%(areas)s, moment => %(now)s)", areas=[council["area"]]
        )
    )
    assert "scope_area_by_path" in plan  # inlined, and by the index
    assert "Seq Scan on scope_area" not in plan


def test_holidays_are_those_published_unless_an_officer_decided_otherwise(tx):
    handle(tx, "country_defined", **TANZANIA)
    # Overridden before and after the year was published.
    handle(tx, "holiday_overridden", country="TZ", on="2025-12-10", holiday=True, name="Mourning")
    handle(
        tx,
        "holidays_published",
        country="TZ",
        year=2025,
        holidays=[{"on": "2025-12-09", "name": "Uhuru"}, {"on": "2025-12-25", "name": "Krismasi"}],
    )
    handle(tx, "holiday_overridden", country="TZ", on="2025-12-25", holiday=False, name=None)

    calendar = scope.calendar(tx, "TZ")

    assert calendar.time_zone == "Africa/Dar_es_Salaam"
    assert dict(calendar.holidays) == {date(2025, 12, 9): "Uhuru", date(2025, 12, 10): "Mourning"}
    assert calendar.is_working(date(2025, 12, 25))


def test_a_year_published_again_replaces_what_was_published_and_keeps_what_was_decided(tx):
    handle(tx, "country_defined", **TANZANIA)
    handle(
        tx, "holidays_published", country="TZ", year=2024, holidays=[{"on": "2024-12-09", "name": "Uhuru"}]
    )
    eid = [{"on": "2025-03-30", "name": "Eid"}, {"on": "2025-03-31", "name": "Eid"}]
    handle(tx, "holidays_published", country="TZ", year=2025, holidays=eid)
    handle(tx, "holiday_overridden", country="TZ", on="2025-03-30", holiday=True, name="Eid, as seen")
    handle(tx, "holiday_overridden", country="TZ", on="2025-03-31", holiday=False, name="")
    again = [{"on": "2025-04-01", "name": "Eid"}]
    for _ in range(2):
        handle(tx, "holidays_published", country="TZ", year=2025, holidays=again)

    assert dict(scope.calendar(tx, "TZ").holidays) == {
        date(2024, 12, 9): "Uhuru",
        date(2025, 3, 30): "Eid, as seen",
        date(2025, 4, 1): "Eid",
    }


def test_the_local_date_is_the_country_s(tx):
    handle(tx, "country_defined", **TANZANIA)

    assert scope.local_date(tx, "TZ") == date(2025, 12, 9)
    handle(tx, "country_defined", **{**TANZANIA, "time_zone": "UTC"})
    assert scope.local_date(tx, "TZ") == date(2025, 12, 8)


def test_a_country_not_known_yet_is_refused_by_name(tx):
    for ask in (scope.local_date, scope.calendar):
        with pytest.raises(Refused) as refused:
            ask(tx, "VN")
        assert refused.value.code == "country_unknown"


def test_references_count_up_by_prefix(tx):
    references = [next_reference(tx, prefix) for prefix in ("G", "G", "C", "G")]

    assert [check_reference(each) for each in references] == [("G", 1), ("G", 2), ("C", 1), ("G", 3)]


def test_two_at_once_never_get_the_same_reference(database):
    with (
        psycopg.connect(database.dsn("loans"), row_factory=dict_row) as one,
        psycopg.connect(database.dsn("loans"), row_factory=dict_row) as other,
    ):
        first = next_reference(Tx(one), "ZZ")
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            next_reference(Tx(other), "ZZ")
        other.rollback()
        one.rollback()
        # What was rolled back left no gap.
        assert next_reference(Tx(other), "ZZ") == first
        other.rollback()


def test_two_writers_of_one_area_wait_for_each_other(database, tree):
    later = [area("ward", tree[3], day, area=tree[4]["area"]) for day in ("2023-01-01", "2024-01-01")]
    with (
        psycopg.connect(database.dsn("loans"), row_factory=dict_row) as one,
        psycopg.connect(database.dsn("loans"), row_factory=dict_row) as other,
    ):
        scope.put_areas(Tx(one), [tree[4]])
        one.commit()
        scope.put_areas(Tx(one), later[:1])
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            scope.put_areas(Tx(other), later[1:])
        other.rollback()
        one.commit()
        scope.put_areas(Tx(other), later[1:])
        versions = Tx(other).all(
            "SELECT valid_from, valid_to FROM scope_area WHERE area = %(area)s ORDER BY 1",
            area=tree[4]["area"],
        )
        other.rollback()

    assert [(row["valid_from"].year, row["valid_to"] and row["valid_to"].year) for row in versions] == [
        (2020, 2023),
        (2023, 2024),
        (2024, None),
    ]
    assert versions[0]["valid_to"] - versions[0]["valid_from"] == timedelta(days=1096)
