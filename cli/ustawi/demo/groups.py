"""Chapter: groups of women, youth and people with disabilities come to the ward and are verified."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ustawi.demo.officers import council_officer, ward_officer
from ustawi.demo.people import MARK, person
from ustawi.demo.stage import NKASI, SUMBAWANGA, SUMBAWANGA_TOWN, KnownGroup, Stage
from ustawi.demo.telling import day

_BANK = f"Benki ya Wananchi {MARK}"


@dataclass(frozen=True)
class StoryGroup:
    """A constructed group: its members are the constructed people from number `first` on."""

    name: str
    kind: str
    ward: str  # the last part of the ward's code
    council: str
    first: int
    size: int
    enterprise: str | None
    registered_on: str
    decided_on: str
    refused_as: str | None = None
    bank: bool = True
    exceptions: tuple[tuple[int, dict[str, Any]], ...] = ()  # place of a member (from 0) -> what differs
    oldest: int = 44

    @property
    def label(self) -> str:
        return f"{self.name} {MARK}"

    @property
    def ward_code(self) -> str:
        return f"{self.council}.{self.ward}"

    def members(self) -> list[dict[str, Any]]:
        """The members as `register_group` takes them."""
        different = dict(self.exceptions)
        on = date.fromisoformat(self.registered_on)
        told = []
        for place in range(self.size):
            facts = dict(different.get(place, {}))
            age = facts.pop("age", (20, self.oldest))
            who = person(self.first + place, on, "female" if self.kind == "women" else None, age)
            position = {0: "chair", 1: "secretary", 2: "treasurer"}.get(place, "member")
            told.append(who.member(position=position, disability=self.kind == "pwd", **facts))
        return told


GROUPS = (
    StoryGroup(
        "Tupendane Namanyere",
        "women",
        "namanyere",
        NKASI,
        1,
        7,
        "Ufugaji wa kuku wa mayai",
        "2025-07-03",
        "2025-07-11",
    ),
    StoryGroup(
        "Vijana Kazi Kirando",
        "youth",
        "kirando",
        NKASI,
        11,
        6,
        "Uvuvi na ukaushaji wa dagaa",
        "2025-07-04",
        "2025-07-15",
    ),
    StoryGroup(
        "Tunaweza Chala", "pwd", "chala", NKASI, 21, 3, "Ushonaji", "2025-07-08", "2025-07-16", oldest=58
    ),
    StoryGroup(
        "Amani Kate", "women", "kate", NKASI, 31, 5, "Duka la vifaa vya shule", "2025-07-09", "2025-07-18"
    ),
    StoryGroup(
        "Neema Majengo",
        "women",
        "majengo",
        SUMBAWANGA_TOWN,
        41,
        8,
        "Utengenezaji wa sabuni",
        "2025-07-02",
        "2025-07-10",
    ),
    StoryGroup(
        "Mshikamano Izia",
        "youth",
        "izia",
        SUMBAWANGA_TOWN,
        51,
        5,
        "Karakana ya pikipiki",
        "2025-07-07",
        "2025-07-17",
        bank=False,
        exceptions=((1, {"age": (47, 52)}), (3, {"formally_employed": True})),
    ),
    StoryGroup(
        "Upekee Kizwite",
        "pwd",
        "kizwite",
        SUMBAWANGA_TOWN,
        61,
        1,
        "Kibanda cha simu",
        "2025-07-10",
        "2025-07-21",
    ),
    StoryGroup(
        "Chapakazi Laela",
        "youth",
        "laela",
        SUMBAWANGA,
        71,
        6,
        "Mashine ya kusaga",
        "2025-07-03",
        "2025-07-14",
    ),
    StoryGroup(
        "Umoja Mpui",
        "women",
        "mpui",
        SUMBAWANGA,
        81,
        5,
        None,
        "2025-07-14",
        "2025-07-28",
        refused_as="not_found",
        bank=False,
    ),
)


def register_and_verify(stage: Stage) -> None:
    """Register every group at its ward, and have another officer verify or refuse it."""
    for group in GROUPS:
        registered = register(stage, group)
        stage.groups[group.name] = KnownGroup(
            registered["group"], registered["reference"], registered["members"]
        )
        decided = stage.office.command(
            council_officer(group.council),
            "registry",
            "verify_group",
            f"group/{group.name}/verify",
            group=registered["group"],
            decision="refuse" if group.refused_as else "verify",
            findings="Imeandikwa kwa ajili ya maonyesho; watu na kikundi si halisi.",
            reason_code=group.refused_as,
            on=group.decided_on,
        )
        reason = f", because: {group.refused_as}" if group.refused_as else ""
        stage.tell.say(
            f"{registered['reference']}  {group.label}: {group.kind}, {group.size} at {group.ward.title()}, "
            f"registered {day(group.registered_on)}, {decided['status']} {day(group.decided_on)}{reason}"
        )
    _somebody_in_two_groups(stage)
    stage.office.until_applied("loans")


def register(stage: Stage, group: StoryGroup) -> dict[str, Any]:
    areas = stage.office.areas
    account = {"bank": _BANK, "account_name": group.label, "account_number": f"MFANO-{group.first:05d}"}
    return stage.office.command(
        ward_officer(group.ward_code),
        "registry",
        "register_group",
        f"group/{group.name}",
        country="TZ",
        kind=group.kind,
        name=group.label,
        council=areas[group.council],
        ward=areas[group.ward_code],
        enterprise=group.enterprise,
        bank=account if group.bank else None,
        registered_on=group.registered_on,
        members=group.members(),
    )


def _somebody_in_two_groups(stage: Stage) -> None:
    """What auditors keep finding: the same people in a group of another council."""
    twice = replace(GROUPS[0], name="Pamoja Laela", ward="laela", council=SUMBAWANGA)
    with stage.refusal(f"{twice.label}, with the members of a group in Nkasi", "member_in_another_group"):
        register(stage, twice)
