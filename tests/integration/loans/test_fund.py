"""Setting money aside, and asking where it stands."""

from datetime import date

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refused


def test_kilindi_sets_aside_and_the_pots_get_forty_forty_twenty(office):
    told = office.set_aside(550_500_000)
    assert told["pots"] == {"women": 220_200_000, "youth": 220_200_000, "pwd": 110_100_000}
    assert {pot: figures["available"] for pot, figures in office.pots().items()} == told["pots"]


def test_the_event_tells_what_was_set_aside(office):
    office.set_aside(7, instrument="TT 118/2025")
    [event] = [e for e in office.svc.events("fund_set_aside") if e["subject"] == office.council]
    assert {name: value for name, value in event["data"].items() if value is not None} == {
        "council": office.council,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-07-14",
        "amount": 7,
        "pots": {"women": 3, "youth": 3, "pwd": 1},
        "instrument": "TT 118/2025",
    }
    assert event["aggregateversion"] == 1


def test_a_transfer_is_set_aside_once_however_it_is_typed(office):
    office.set_aside(instrument="TT 9/2025")
    with pytest.raises(Conflict, match="instrument_taken"):
        office.set_aside(instrument="tt 9/2025")
    assert office.pots()["women"]["set_asides"] == 220_200_000


def test_a_repeated_command_sets_aside_once(office):
    command = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
    told = office.set_aside(1_000, command_id=command, instrument="TT 1")
    assert office.set_aside(1_000, command_id=command, instrument="TT 1") == told
    assert office.pots()["women"]["set_asides"] == 400


def test_the_position_of_a_past_day_knows_only_what_was_dated_until_then(office):
    office.set_aside(1_000, on=date(2025, 7, 14))
    office.set_aside(2_000, on=date(2025, 10, 6), quarter=2)
    assert office.pots(date(2025, 7, 13))["women"]["available"] == 0
    assert office.pots(date(2025, 7, 14))["women"]["available"] == 400
    assert office.pots(date(2025, 10, 6))["women"]["available"] == 1_200


@pytest.mark.parametrize(
    ("wrong", "error", "code"),
    [
        ({"on": date(2026, 7, 1)}, Refused, "in_future"),
        ({"on": date(2025, 6, 30)}, Refused, "before_quarter"),
        ({"fiscal_year": "2025/27"}, Invalid, "fiscal_year_unknown"),
        ({"fiscal_year": "2025"}, Invalid, "fiscal_year_unknown"),
        ({"quarter": 5}, Invalid, "invalid"),
        ({"amount": 0}, Invalid, "invalid"),
        ({"amount": 1.5}, Invalid, "invalid"),
        ({"amount": True}, Invalid, "invalid"),
        ({"amount": "1000"}, Invalid, "invalid"),
        ({"instrument": ""}, Invalid, "invalid"),
        ({"colour": "red"}, Invalid, "invalid"),
    ],
)
def test_what_cannot_be_set_aside_is_refused_and_changes_nothing(office, wrong, error, code):
    with pytest.raises(error, match=code):
        office.set_aside(**wrong)
    assert office.pots()["women"]["set_asides"] == 0


def test_a_fund_belongs_to_a_council_and_to_no_other_area(office):
    with pytest.raises(Refused, match="not_a_council"):
        office.set_aside(council=office.ward)


def test_before_the_rules_of_2019_there_is_no_scheme(office):
    with pytest.raises(Refused, match="no_rule_in_force"):
        office.set_aside(fiscal_year="2018/19", quarter=1, on=date(2018, 9, 3))


def test_another_councils_officer_does_not_find_this_fund(office, new_office):
    elsewhere = new_office()
    office.set_aside()
    with pytest.raises(NotFound):
        office.svc.call(
            "fund_position", roles=["council_officer"], areas=[elsewhere.council], council=office.council
        )
    with pytest.raises(NotFound):
        office.svc.call(
            "fund_position",
            roles=["ward_officer", "council_officer"],
            areas=[office.ward],
            council=office.council,
        )


def test_a_ward_officer_may_not_set_aside(office):
    with pytest.raises(Forbidden):
        office.svc.call("fund_position", roles=["ward_officer"], areas=["*"], council=office.council)
