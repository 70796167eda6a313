"""Who may borrow: every criterion of every version of the rules."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import loans
from loans.applications.model import (
    GroupFacts,
    MemberFacts,
    Papers,
    approved_amount,
    group_facts,
    judge,
    require_eligible,
    require_lending_open,
    require_not_member,
    require_other_person,
    require_reason,
)
from loans.rule_broken import RuleBroken
from loans.scheme.model import Lending

RULES = {
    version["version"]: version["document"]
    for version in yaml.safe_load((Path(loans.__file__).parent / "rules" / "loans.yaml").read_text())[
        "versions"
    ]
}
PAPERS = Papers(minutes="MIN 7/2025", letter="WEO 31/2025")


def member(**facts):
    told = MemberFacts(
        uuid4(), age=30, adult=True, citizen=True, formally_employed=False, disability=False, other_groups=0
    )
    return replace(told, **facts)


def group(kind="youth", members=None, **facts):
    people = members if members is not None else [member(disability=kind == "pwd") for _ in range(5)]
    told = GroupFacts(
        uuid4(),
        kind,
        "verified",
        uuid4(),
        uuid4(),
        has_enterprise=True,
        has_bank_account=True,
        members=tuple(people),
    )
    return replace(told, **facts)


def unmet(facts, papers=PAPERS, amount=12_000_000, version="2024", owing=(), live=False):
    verdict = judge(facts, papers, amount, RULES[version], version, owing=set(owing), live=live)
    assert verdict.eligible == (not verdict.unmet)
    return {criterion.criterion for criterion in verdict.unmet}


@pytest.mark.parametrize("kind", ["women", "youth", "pwd"])
def test_a_group_that_meets_every_criterion_is_eligible(kind):
    assert unmet(group(kind)) == set()


def test_youth_are_eighteen_to_forty_five_since_2024():
    assert unmet(group(members=[member(age=45) for _ in range(5)])) == set()
    assert unmet(group(members=[*(member() for _ in range(4)), member(age=46)])) == {"members_of_age"}


def test_youth_were_eighteen_to_thirty_five_before():
    for version in ("2019", "2021"):
        ten = [member(age=35) for _ in range(10)]
        assert unmet(group(members=ten), version=version) == set()
        assert unmet(group(members=[*ten[:9], member(age=36)]), version=version) == {"members_of_age"}


def test_women_and_people_with_disabilities_have_no_upper_age():
    assert unmet(group("women", [member(age=80) for _ in range(5)])) == set()
    assert unmet(group("pwd", [member(age=80, disability=True) for _ in range(2)])) == set()


@pytest.mark.parametrize("kind", ["women", "youth", "pwd"])
def test_members_are_adults(kind):
    child = member(age=17, adult=False, disability=kind == "pwd")
    assert unmet(group(kind, [*group(kind).members[:4], child])) == {"members_adult"}


def test_an_erased_person_of_whom_no_age_is_known_meets_no_criterion_of_age():
    erased = member(age=None, adult=False)
    assert unmet(group(members=[*(member() for _ in range(4)), erased])) == {
        "members_adult",
        "members_of_age",
    }


@pytest.mark.parametrize(
    ("version", "kind", "least"),
    [
        ("2019", "women", 10),
        ("2019", "youth", 10),
        ("2019", "pwd", 5),
        ("2021", "women", 5),
        ("2021", "youth", 5),
        ("2021", "pwd", 5),
        ("2024", "women", 5),
        ("2024", "youth", 5),
        ("2024", "pwd", 2),
    ],
)
def test_the_least_size_of_a_group_is_that_of_the_rules_in_force(version, kind, least):
    people = [member(disability=kind == "pwd") for _ in range(least)]
    assert unmet(group(kind, people), version=version) == set()
    assert unmet(group(kind, people[1:]), version=version) == {"group_size"}


def test_one_person_with_disability_alone_needs_the_written_finding():
    alone = group("pwd", [member(disability=True)])
    assert unmet(alone) == {"group_size"}
    assert unmet(alone, replace(PAPERS, finding="FIN 3/2025")) == set()
    assert unmet(alone, replace(PAPERS, finding="FIN 3/2025"), version="2021") == set()
    assert unmet(alone, replace(PAPERS, finding="FIN 3/2025"), version="2019") == {"group_size"}


def test_the_finding_helps_nobody_else():
    finding = replace(PAPERS, finding="FIN 3/2025")
    assert unmet(group("women", [member()]), finding) == {"group_size"}
    assert unmet(group("pwd", []), finding) == {"group_size"}


def test_a_group_of_people_with_disabilities_has_no_other_members():
    able = member()
    verdict = judge(
        group("pwd", [member(disability=True), able]),
        PAPERS,
        None,
        RULES["2024"],
        "2024",
        owing=set(),
        live=False,
    )
    [failed] = verdict.unmet
    assert (failed.criterion, failed.members) == ("members_with_disability", (able.member,))


@pytest.mark.parametrize(
    ("facts", "criterion"),
    [
        ({"citizen": False}, "members_citizens"),
        ({"formally_employed": True}, "members_not_employed"),
        ({"other_groups": 1}, "members_in_one_group"),
    ],
)
def test_one_member_who_fails_is_named_by_id(facts, criterion):
    failing = member(**facts)
    verdict = judge(
        group(members=[*(member() for _ in range(5)), failing]),
        PAPERS,
        None,
        RULES["2024"],
        "2024",
        owing=set(),
        live=False,
    )
    [failed] = verdict.unmet
    assert (failed.criterion, failed.members) == (criterion, (failing.member,))
    assert failed.advice


def test_nobody_who_still_owes_gets_a_new_loan():
    facts = group()
    assert unmet(facts, owing=[facts.members[2].member]) == {"members_free_of_debt"}
    assert unmet(facts, owing=[uuid4()]) == set()


@pytest.mark.parametrize(
    ("facts", "papers", "criterion"),
    [
        ({"status": "registered"}, PAPERS, "group_verified"),
        ({"status": "refused"}, PAPERS, "group_verified"),
        ({"has_bank_account": False}, PAPERS, "bank_account"),
        ({"has_enterprise": False}, PAPERS, "enterprise_or_plan"),
        ({}, Papers(letter="WEO 31"), "minutes"),
        ({}, Papers(minutes="MIN 7"), "letter"),
    ],
)
def test_what_the_group_lacks_is_told(facts, papers, criterion):
    assert unmet(group(**facts), papers) == {criterion}


def test_a_plan_stands_in_for_an_enterprise():
    assert unmet(group(has_enterprise=False), replace(PAPERS, plan="PLAN 4")) == set()


def test_one_application_or_loan_at_a_time():
    assert unmet(group(), live=True) == {"no_live_application"}


@pytest.mark.parametrize(
    ("amount", "failing"), [(499_999, True), (500_000, False), (150_000_000, False), (150_000_001, True)]
)
def test_a_loan_is_half_a_million_to_a_hundred_and_fifty_million(amount, failing):
    assert unmet(group(), amount=amount) == ({"amount"} if failing else set())


def test_an_amount_that_nobody_named_is_not_judged():
    assert "amount" not in {
        c.criterion
        for c in judge(group(), PAPERS, None, RULES["2024"], "2024", owing=set(), live=False).criteria
    }


def test_a_refusal_names_every_unmet_criterion():
    facts = group(members=[member(citizen=False)], has_bank_account=False)
    verdict = judge(facts, Papers(), 1, RULES["2024"], "2024", owing=set(), live=True)
    with pytest.raises(RuleBroken) as refused:
        require_eligible(verdict)
    assert refused.value.code == "not_eligible"
    assert set(refused.value.fields) == {
        "group_size",
        "members_citizens",
        "bank_account",
        "minutes",
        "letter",
        "no_live_application",
        "amount",
    }


@given(
    st.lists(
        st.builds(
            MemberFacts,
            member=st.uuids(),
            age=st.none() | st.integers(min_value=0, max_value=110),
            adult=st.booleans(),
            citizen=st.booleans(),
            formally_employed=st.booleans(),
            disability=st.booleans(),
            other_groups=st.integers(min_value=0, max_value=3),
        ),
        max_size=12,
    ),
    st.sampled_from(["women", "youth", "pwd"]),
    st.sampled_from(sorted(RULES)),
)
def test_whoever_fails_a_criterion_of_members_is_a_member_and_the_verdict_says_so(people, kind, version):
    verdict = judge(group(kind, people), PAPERS, None, RULES[version], version, owing=set(), live=False)
    ids = {person.member for person in people}
    for criterion in verdict.criteria:
        assert set(criterion.members) <= ids
        assert criterion.met == (criterion.advice is None)
        assert not (criterion.met and criterion.members)
    assert verdict.eligible == all(criterion.met for criterion in verdict.criteria)


def test_the_registrys_answer_is_read_and_what_it_says_beyond_is_ignored():
    person, told = str(uuid4()), str(uuid4())
    facts = group_facts(
        {
            "group": told,
            "kind": "pwd",
            "on": "2025-08-04",
            "status": "verified",
            "council": str(uuid4()),
            "ward": str(uuid4()),
            "has_enterprise": False,
            "has_bank_account": True,
            "colour": "red",
            "members": [
                {
                    "member": person,
                    "age": 31,
                    "adult": True,
                    "citizen": True,
                    "formally_employed": False,
                    "disability": True,
                    "other_groups": 2,
                    "shoe_size": 42,
                }
            ],
        }
    )
    assert facts.group == UUID(told)
    assert facts.members == (MemberFacts(UUID(person), 31, True, True, False, True, 2),)


def test_maker_and_checker_differ():
    require_other_person("director", ["ward", "finance"])
    with pytest.raises(RuleBroken, match="maker_is_checker"):
        require_other_person("ward", ["ward", "finance"])


def test_a_member_of_the_group_does_not_decide_on_its_loan():
    person = uuid4()
    require_not_member("director", [person])
    with pytest.raises(RuleBroken, match="member_decides"):
        require_not_member(str(person), [person])


def test_an_approval_grants_what_was_asked_for_or_less():
    bounds = {"min": 500_000, "max": 150_000_000}
    assert approved_amount(9_000_000, None, bounds) == 9_000_000
    assert approved_amount(9_000_000, 8_000_000, bounds) == 8_000_000
    with pytest.raises(RuleBroken, match="more_than_asked"):
        approved_amount(9_000_000, 9_000_001, bounds)
    with pytest.raises(RuleBroken, match="amount"):
        approved_amount(9_000_000, 499_999, bounds)
    assert approved_amount(9_000, 1, {"min": None, "max": None}) == 1


def test_a_rejection_names_a_reason_of_the_rules():
    reasons = RULES["2024"]["rejection_reasons"]
    assert require_reason("plan_not_viable", reasons) == "plan_not_viable"
    for wrong in (None, "because"):
        with pytest.raises(RuleBroken, match="reason_unknown"):
            require_reason(wrong, reasons)


def test_a_suspended_scheme_lends_nothing():
    require_lending_open(Lending("open", "Regulations"))
    with pytest.raises(RuleBroken, match="scheme_suspended"):
        require_lending_open(Lending("suspended", "Announcement"))
