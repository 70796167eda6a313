"""Countries and their calendars, from the command to the registry's own copy."""

from datetime import date

import pytest

from chassis.errors import Conflict, Forbidden, NotFound, Refused


def test_a_country_is_defined_once_and_told_to_all(bare):
    told = bare.registrar("define_country", **bare.TANZANIA)
    assert (told["version"], told["changed"]) == (1, True)
    again = bare.registrar("define_country", **bare.TANZANIA)
    assert (again["version"], again["changed"], again["events"]) == (1, False, [])
    (event,) = bare.svc.events("country_defined")
    assert event["subject"] == "TZ"
    assert event["data"] == bare.TANZANIA
    shown = bare.svc.call("country", roles=["portal"], country="TZ", year=2025)
    assert {name: shown[name] for name in bare.TANZANIA} == bare.TANZANIA


def test_a_country_changes_only_by_who_has_read_it(office):
    changed = {**office.TANZANIA, "name": "Jamhuri ya Muungano wa Tanzania"}
    with pytest.raises(Conflict, match="country_changed"):
        office.registrar("define_country", **changed)
    assert office.registrar("define_country", **changed, expected_version=1)["version"] == 2
    with pytest.raises(Refused, match="country_fixed"):
        office.registrar("define_country", **{**changed, "currency": "USD"}, expected_version=2)


def test_the_whole_countrys_affairs_need_a_scope_over_the_whole_country(office):
    region = [office.areas["TZ-20"]]
    for method, body in (
        ("define_country", office.TANZANIA),
        ("publish_holidays", {"country": "TZ", "years": [2026]}),
        ("override_holiday", {"country": "TZ", "on": "2026-03-21", "holiday": False, "instrument": "GN 1"}),
    ):
        with pytest.raises(Forbidden, match="whole_country"):
            office.registrar(method, areas=region, **body)
    north = office.area_rows([("TZ-9", "region", "Kaskazini", "TZ")])
    with pytest.raises(Forbidden, match="whole_country"):
        office.put_areas("TZ", north, scope=tuple(region))
    root = [office.areas["TZ"]]
    assert office.registrar("publish_holidays", areas=root, country="TZ", years=[2026])["years"][0]["changed"]


def test_holidays_are_published_in_the_countrys_language_and_reach_its_calendar(office):
    told = office.registrar("publish_holidays", country="TZ", years=[2026, 2025])
    assert [year["year"] for year in told["years"]] == [2025, 2026]
    assert len(office.svc.events("holidays_published")) == 2
    again = office.registrar("publish_holidays", country="TZ", years=[2025])
    assert not again["years"][0]["changed"]
    assert again["events"] == []
    with office.svc.tx() as tx:
        assert not tx.calendar("TZ").is_working(date(2025, 12, 9))
    shown = office.registrar("country", country="TZ", year=2025)
    assert {"on": "2025-12-09", "name": "Uhuru na Jamhuri"} in shown["holidays"]


def test_a_late_proclaimed_holiday_counts_and_may_be_withdrawn(office):
    day = {"country": "TZ", "on": "2025-08-05", "instrument": "GN 500 of 2025"}
    office.registrar("publish_holidays", country="TZ", years=[2025])
    with pytest.raises(Refused, match="holiday_without_name"):
        office.registrar("override_holiday", **day, holiday=True)
    assert office.registrar("override_holiday", **day, holiday=True, name="Siku ya maombolezo")["changed"]
    assert not office.registrar("override_holiday", **day, holiday=True, name="Siku ya maombolezo")["changed"]
    with office.svc.tx() as tx:
        assert tx.calendar("TZ").next_working(date(2025, 8, 5)) == date(2025, 8, 6)
    office.registrar("override_holiday", **day, holiday=False)
    with office.svc.tx() as tx:
        assert tx.calendar("TZ").is_working(date(2025, 8, 5))
    told = [
        (event["data"]["holiday"], event["data"]["name"]) for event in office.svc.events("holiday_overridden")
    ]
    assert told == [(True, "Siku ya maombolezo"), (False, None)]


def test_a_published_holiday_that_was_withdrawn_stays_withdrawn_when_the_year_is_published_again(office):
    office.registrar("publish_holidays", country="TZ", years=[2025])
    office.registrar("override_holiday", country="TZ", on="2025-12-09", holiday=False, instrument="GN 9")
    office.registrar("publish_holidays", country="TZ", years=[2025])
    days = [day["on"] for day in office.registrar("country", country="TZ", year=2025)["holidays"]]
    assert "2025-12-09" not in days
    with office.svc.tx() as tx:
        assert tx.calendar("TZ").is_working(date(2025, 12, 9))


def test_an_unknown_country_is_told_so(registry):
    with pytest.raises(NotFound, match="country_unknown"):
        registry.call("publish_holidays", roles=["registrar"], country="TZ", years=[2025])
    with pytest.raises(NotFound, match="country_unknown"):
        registry.call("country", roles=["portal"], country="TZ", year=2025)
