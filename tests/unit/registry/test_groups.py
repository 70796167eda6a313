"""What registering and verifying a group ask for."""

from datetime import date

import pytest

from registry.groups.model import (
    account_as_compared,
    check_bank_account,
    check_members,
    check_place,
    check_reason,
    check_verification,
)
from registry.rule_broken import RuleBroken

TODAY = date(2025, 7, 14)


def member(**facts):
    return {
        "national_id": "19920304-11101-00001-23",
        "born_on": date(1992, 3, 4),
        "sex": "female",
        "joined_on": None,
        **facts,
    }


def test_national_ids_come_back_as_they_are_compared():
    assert check_members("TZ", [member()], TODAY) == ["19920304111010000123"]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (member(), "the same person as number 1"),
        (member(national_id="19920304-11101-00002"), "a national id of TZ has 20 digits"),
        (
            member(national_id="19920304-11101-00002-23", born_on=date(1992, 4, 3)),
            "the national id tells another birth date (its first eight digits)",
        ),
        (
            member(national_id="20250714-11101-00002-23", born_on=TODAY),
            "born after the registration",
        ),
        (
            member(national_id="19920304-11101-00002-23", joined_on=date(2025, 7, 15)),
            "joined before birth or after the registration",
        ),
    ],
)
def test_members_whose_data_cannot_be_right_are_refused_by_their_place(wrong, fault):
    with pytest.raises(RuleBroken) as refused:
        check_members("TZ", [member(), wrong], TODAY)
    assert refused.value.fields == {"members.2": fault}


def test_the_account_stands_in_the_groups_name():
    check_bank_account("Tupendane  Wanawake", "TUPENDANE WANAWAKE")
    check_bank_account("Tupendane", None)
    with pytest.raises(RuleBroken, match="account_not_in_groups_name"):
        check_bank_account("Tupendane", "Neema Mwanakatwe")
    assert account_as_compared("0150-2233 4455") == account_as_compared("015022334455")


COUNCIL = {"area": "c", "level": "council", "country": "TZ", "path": ["tz", "c"]}
WARD = {"area": "w", "level": "ward", "country": "TZ", "path": ["tz", "c", "w"]}
VILLAGE = {"area": "v", "level": "village", "country": "TZ", "path": ["tz", "c", "w", "v"]}


def test_a_group_lives_in_a_village_of_a_ward_of_its_council():
    check_place("TZ", COUNCIL, WARD, VILLAGE)
    check_place("TZ", COUNCIL, WARD, None)


@pytest.mark.parametrize(
    ("code", "country", "council", "ward", "village"),
    [
        ("ward_elsewhere", "VN", COUNCIL, WARD, None),
        ("ward_elsewhere", "TZ", {**COUNCIL, "area": "other"}, WARD, None),
        ("wrong_level", "TZ", WARD, WARD, None),
        ("wrong_level", "TZ", COUNCIL, VILLAGE, None),
        ("village_elsewhere", "TZ", COUNCIL, WARD, {**VILLAGE, "path": ["tz", "c", "x", "v"]}),
        ("village_elsewhere", "TZ", COUNCIL, WARD, WARD),
    ],
)
def test_a_place_that_does_not_hang_together_is_refused(code, country, council, ward, village):
    with pytest.raises(RuleBroken, match=code):
        check_place(country, council, ward, village)


@pytest.mark.parametrize(
    ("code", "status", "by", "on"),
    [
        ("already_decided", "verified", "neema", TODAY),
        ("maker_is_checker", "registered", "juma", TODAY),
        ("verified_before_registered", "registered", "neema", date(2025, 7, 13)),
    ],
)
def test_a_verification_out_of_turn_is_refused(code, status, by, on):
    check_verification("registered", TODAY, "juma", "neema", TODAY)
    with pytest.raises(RuleBroken, match=code):
        check_verification(status, TODAY, "juma", by, on)


def test_only_a_refusal_has_a_reason_and_it_needs_one():
    check_reason("verify", None, ["not_found"])
    check_reason("refuse", "not_found", ["not_found"])
    for decision, reason in (("refuse", None), ("refuse", "mood"), ("verify", "not_found")):
        with pytest.raises(RuleBroken):
            check_reason(decision, reason, ["not_found"])
