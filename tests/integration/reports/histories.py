"""Random but possible histories of the three services, as hypothesis draws them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

FIRST_DAY = date(2024, 11, 1)
Told = tuple[str, str, str, dict[str, Any]]  # source, type, subject, data


def known_id(kind: int, number: int) -> str:
    return str(UUID(int=(0x0190_0000_0000_7000_8000 << 48) + (kind << 32) + number))


@dataclass
class World:
    """Areas and a day that moves on; what has happened so far, source by source."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    councils: list[str] = field(default_factory=lambda: [known_id(1, n) for n in (1, 2)])
    told: dict[str, list[Told]] = field(default_factory=lambda: {"registry": [], "loans": [], "cases": []})

    def ward(self) -> tuple[str, str]:
        council = self.draw(st.integers(0, 1))
        return self.councils[council], known_id(2, council * 2 + self.draw(st.integers(0, 1)))

    def day(self, after: date = FIRST_DAY) -> date:
        # Days that fall together, or one apart, are where rules differ.
        return after + timedelta(days=self.draw(st.sampled_from((0, 0, 1, 1, 2, 29, 30, 31, 90, 366))))

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def tell(self, source: str, type: str, of: str, /, **data: Any) -> None:
        plain = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()
        }
        self.told[source].append((source, type, of, plain))


def _areas(world: World) -> None:
    world.tell(
        "registry",
        "country_defined",
        "TZ",
        country="TZ",
        name="Tanzania",
        time_zone=world.pick("Africa/Dar_es_Salaam", "Asia/Jayapura"),
        currency="TZS",
        fiscal_year_start_month=7,
        languages=["sw"],
        level_names={},
    )
    root = known_id(0, 1)
    rows = [(root, "country", None, [root])]
    for n, council in enumerate(world.councils):
        rows.append((council, "council", root, [root, council]))
        for ward in (known_id(2, n * 2), known_id(2, n * 2 + 1)):
            rows.append((ward, "ward", council, [root, council, ward]))
    for area, level, parent, path in rows:
        world.tell(
            "registry",
            "area_created",
            area,
            area=area,
            country="TZ",
            level=level,
            code=area[-6:],
            name=area[-6:],
            parent=parent,
            path=path,
            valid_from=date(2016, 1, 1),
        )


def _group(world: World, number: int) -> None:
    council, ward = world.ward()
    group, day = known_id(3, number), world.day()
    place = {"group": group, "council": council, "ward": ward, "kind": world.pick("women", "youth", "pwd")}
    world.tell("registry", "group_registered", group, **place, country="TZ", registered_on=day, member_ids=[])
    for _ in range(world.pick(0, 1, 1, 2)):
        world.tell("registry", "group_verified", group, **place, verified_on=world.day(day), member_ids=[])


def _organisation(world: World, number: int) -> None:
    _, ward = world.ward()
    one = {"organisation": known_id(4, number), "country": "TZ", "area": ward}
    sort = {"kind": world.pick("ngo", "cbo"), "level": world.pick("district", "national")}
    day = world.day()
    steps = world.pick("", "s", "sr", "sx", "sxsr", "r", "ss")
    for step in steps:
        if step == "s":
            world.tell(
                "registry", "organisation_submitted", one["organisation"], **one, **sort, submitted_on=day
            )
        elif step == "r":
            world.tell(
                "registry", "organisation_registered", one["organisation"], **one, **sort, registered_on=day
            )
        else:
            world.tell(
                "registry",
                "organisation_refused",
                one["organisation"],
                **one,
                on=day,
                reason_code="false_data",
            )
        day = world.day(day)


def _collaborator(world: World, number: int) -> None:
    _, ward = world.ward()
    who = {"collaborator": known_id(5, number), "country": "TZ", "area": ward}
    day = world.day()
    for step in range(world.pick(1, 1, 2, 2, 3, 4)):
        if step % 2 == 0:
            world.tell(
                "registry",
                "collaborator_appointed",
                who["collaborator"],
                **who,
                effective_on=day,
                decision=known_id(9, 1),
            )
        else:
            world.tell(
                "registry",
                "collaborator_exited",
                who["collaborator"],
                **who,
                on=day,
                reason_code="retired",
                instrument=None,
            )
        day = world.day(day)


def _set_aside(world: World, number: int) -> None:
    council = world.pick(*world.councils)
    amount = world.draw(st.integers(1, 10**12))
    pots = {"women": amount * 2 // 5, "youth": amount * 2 // 5, "pwd": amount // 5}
    world.tell(
        "loans",
        "fund_set_aside",
        council,
        council=council,
        fiscal_year="2024/25",
        quarter=world.pick(1, 2, 3, 4),
        on=world.day(),
        amount=sum(pots.values()) or 1,
        pots=pots,
        instrument="x",
    )


def _repay(world: World, who: dict[str, Any], principal: int, day: date) -> None:
    """What becomes of a loan; payments come in any order of their days, as they do where papers come late."""
    lent_on = day
    if world.pick(False, False, False, True):
        goes_to = world.pick("reserved", "available")
        _tell_loan(
            world, "disbursement_voided", who, day, principal=principal, goes_to=goes_to, reason_code="x"
        )
        return
    paid: list[tuple[date, int]] = []
    given_up: date | None = None
    refunded = 0
    moved_on = lent_on
    for step in world.pick(
        *("", "p", "ppp", "plp", "lplr", "pprp", "pppp", "lw", "plwrcc", "ppfr", "sp", "lslp"),
        *("pmp", "ppmpr", "lpmlp", "ppfmp", "pmwmc", "mpppmf"),
    ):
        last = max([lent_on, moved_on, *(on for on, _ in paid)])
        if step == "p":
            on, amount = world.day(world.pick(lent_on, last)), world.draw(st.integers(1, principal))
            before = _split(principal, paid)
            paid.append((on, amount))
            _tell_payment(
                world, "repayment_recorded", who, on, amount, before, _split(principal, paid), principal
            )
        elif step == "r" and paid:
            value_on, amount = paid[0]
            on = world.pick(value_on, world.day(value_on))
            before = _split(principal, paid)
            paid.append((on, -amount))
            after = _split(principal, paid)
            _tell_payment(world, "repayment_reversed", who, on, amount, after, before, principal)
            if before[0] == principal > after[0] or (given_up and world.pick(True, False)):
                _tell_loan(world, "loan_reopened", who, on)
        elif step == "f" and _split(principal, paid)[1] > 0:
            refunded = _split(principal, paid)[1]
            _tell_loan(world, "credit_refunded", who, last, amount=refunded, refund=known_id(9, 2))
        elif step == "m":
            moved_on = max(world.day(last), given_up or last)
            settled, over = _split(principal, paid)
            council, ward = world.ward()
            what = {
                "handed_over_by": who["council"],
                "outstanding": 0 if given_up else principal - settled,
                "written_off": principal - settled if given_up else 0,
                "credit": max(0, over - refunded),
            }
            who = {**who, "council": council, "ward": ward}
            _tell_loan(world, "loan_transferred", who, moved_on, **what)
        elif step == "l":
            bucket = world.pick(0, 1, 31, 61)
            day = world.day(day)
            owed = principal - _split(principal, paid)[0]
            overdue = world.draw(st.integers(0, principal))
            _tell_loan(
                world,
                "arrears_changed",
                who,
                day,
                bucket=bucket,
                days_late=bucket,
                overdue=overdue,
                outstanding=owed,
            )
        elif step == "s":
            on = world.day(lent_on)
            _tell_loan(
                world, "loan_rescheduled", who, on, revision=1, outstanding=principal, reason_code="illness"
            )
        elif step == "w" and (owed := principal - _split(principal, paid)[0]) > 0:
            given_up = world.day(last)
            _tell_loan(world, "loan_written_off", who, given_up, amount=owed, reason_code="insolvent")
        elif step == "c" and given_up:
            kind = world.pick("recovery_recorded", "recovery_recorded", "recovery_reversed")
            _tell_loan(
                world, kind, who, world.day(given_up), amount=1, written_off=1, recovery=known_id(9, 3)
            )
        if not given_up and _split(principal, paid)[0] == principal and step == "p":
            _tell_loan(world, "loan_repaid", who, max(on for on, _ in paid))


def _split(principal: int, paid: list[tuple[date, int]]) -> tuple[int, int]:
    """What payments pay of the principal, and what is left of them."""
    total = sum(amount for _, amount in paid)
    return min(principal, total), max(0, total - principal)


def _tell_payment(
    world: World,
    type: str,
    who: dict[str, Any],
    on: date,
    amount: int,
    less: tuple[int, int],
    more: tuple[int, int],
    principal: int,
) -> None:
    _tell_loan(
        world,
        type,
        who,
        on,
        amount=amount,
        principal=more[0] - less[0],
        credit=more[1] - less[1],
        outstanding=principal - (more if type == "repayment_recorded" else less)[0],
        repayment=known_id(9, 4),
        reason_code="payment_returned",
    )


def _tell_loan(world: World, type: str, who: dict[str, Any], day: date, /, **data: Any) -> None:
    world.tell("loans", type, who["loan"], **who, on=day, **data)


def _council(world: World, number: int) -> None:
    """What a council, its bank and the minister say of the fund, in any order of the days it is about."""
    council, day = world.pick(*world.councils), world.day()
    year = {"council": council, "fiscal_year": "2024/25", "quarter": world.pick(1, 2)}
    for step in world.draw(st.lists(st.sampled_from("oabqtsu"), max_size=5)):
        on = world.day(day)
        amount = world.draw(st.integers(0, 10**12))
        if step == "o":
            pots = {"women": amount, "youth": 0, "pwd": 1}
            world.tell(
                "loans",
                "opening_balance_recorded",
                council,
                council=council,
                on=on,
                pots=pots,
                instrument="x",
            )
        elif step == "a":
            sums = {"balance": amount, "ledger": 5, "difference": amount - 5}
            world.tell("loans", "account_balance_recorded", council, council=council, on=on, **sums)
        elif step == "b":
            world.tell("loans", "revenue_reported", council, **year, on=on, expected=amount, actual=1)
        elif step == "q":
            pot = {"pot": "women", "available": amount, "reserved": 2, "credits_held": 3, "shortfall": 0}
            world.tell("loans", "quarter_closed", council, **year, ends=on, on=world.day(on), pots=[pot])
        elif step == "t":
            statement = {
                "statement": world.pick("S1", "S2"),
                "lines": 9,
                "new": 9,
                "matched": 6,
                "unmatched": 3,
            }
            world.tell("loans", "bank_statement_imported", council, council=council, **statement)
        else:
            what = "scheme_suspended" if step == "s" else "scheme_resumed"
            world.tell("loans", what, council, area=council, country="TZ", on=on, instrument="x")


def _loan(world: World, number: int) -> None:
    council, ward = world.ward()
    loan, application = known_id(6, number), known_id(7, number)
    place = {
        "group": known_id(3, number),
        "council": council,
        "ward": ward,
        "pot": world.pick("women", "youth", "pwd"),
    }
    day, amount = world.day(), world.draw(st.integers(500_000, 150_000_000))
    world.tell(
        "loans", "application_submitted", application, application=application, **place, amount=amount, on=day
    )
    if world.pick(True, True, False):
        world.tell(
            "loans",
            "application_approved",
            application,
            application=application,
            **place,
            amount=amount,
            on=day,
        )
        if world.pick(False, False, True):
            place = _move_application(world, application, place, amount, world.day(day))
        day = world.day(day)
        world.tell(
            "loans",
            "loan_disbursed",
            loan,
            loan=loan,
            application=application,
            **place,
            principal=amount,
            on=day,
        )
        _repay(world, {"loan": loan, **place}, amount, day)
    else:
        ending = world.pick("rejected", "withdrawn", "lapsed")
        data = {"application": application, **place, "on": day, "reason_code": "late"}
        if ending != "rejected":
            reserved = ending == "lapsed" or world.pick(True, False)
            if reserved:
                approved = {"application": application, **place, "amount": amount, "on": day}
                world.tell("loans", "application_approved", application, **approved)
            data = {**data, "on": world.day(day), "released": amount if reserved else 0}
        world.tell("loans", f"application_{ending}", application, **data)


def _move_application(
    world: World, application: str, place: dict[str, Any], reserved: int, on: date
) -> dict[str, Any]:
    """Its ward comes to another council, or to the same one; returns where it is then."""
    council, ward = world.ward()
    told = {**place, "council": council, "ward": ward, "handed_over_by": place["council"]}
    world.tell(
        "loans",
        "application_transferred",
        application,
        application=application,
        **told,
        reserved=reserved,
        on=on,
    )
    return {**place, "council": council, "ward": ward}


def _hand_over(world: World, number: int) -> None:
    """A council takes over what another one can promise, or is short of."""
    here, there = world.councils if world.pick(True, False) else reversed(world.councils)
    amount = world.draw(st.integers(1, 10**9))
    pots, shortfalls = {"women": amount, "youth": 0, "pwd": 1}, {"women": 0, "youth": amount, "pwd": 0}
    day = world.day()
    world.tell(
        "loans",
        "fund_transferred",
        there,
        handed_over_by=here,
        council=there,
        on=day,
        effective_on=day,
        pots=pots,
        shortfalls=shortfalls,
    )


def _case(world: World, number: int) -> None:
    _, ward = world.ward()
    case, day = known_id(8, number), world.day()
    one = {"case": case, "category": world.pick("poor", "homeless"), "country": "TZ", "area": ward}
    world.tell(
        "cases",
        "case_opened",
        case,
        **one,
        on=day,
        restricted=False,
        sex=world.pick("female", "male"),
        age_band="25-35",
    )
    if world.pick(True, False):
        world.tell(
            "cases",
            "assessment_recorded",
            case,
            **one,
            assessment=known_id(9, number),
            on=day,
            risk="low",
            needs=[],
        )
    if world.pick(True, False):
        world.tell("cases", "case_closed", case, **one, on=world.day(day), outcome="needs_met")


def _complaint(world: World, number: int) -> None:
    _, ward = world.ward()
    complaint, day = known_id(10, number), world.day()
    one = {
        "complaint": complaint,
        "country": "TZ",
        "area": ward,
        "kind": "malalamiko",
        "category": world.pick("service", "staff_ethics"),
    }
    world.tell(
        "cases",
        "complaint_received",
        complaint,
        **one,
        channel=world.pick("sms", "web"),
        received_on=day,
        anonymous=False,
    )
    steps = world.pick("", "a", "aw", "b", "ab", "abw", "wb", "aabw")
    for step in steps:
        day = world.day(day)
        timely = world.pick(True, False)
        if step == "a":
            world.tell("cases", "complaint_acknowledged", complaint, **one, on=day, in_time=timely)
        elif step == "w":
            world.tell(
                "cases",
                "complaint_answered",
                complaint,
                **one,
                on=day,
                in_time=timely,
                decision="upheld",
                answer_channel="letter",
            )
        else:
            world.tell(
                "cases",
                "deadline_breached",
                complaint,
                subject_kind="complaint",
                subject=complaint,
                kind="decide",
                country="TZ",
                area=ward,
                due_at=f"{day.isoformat()}T{world.pick('21:00:00', '06:30:00', '16:00:00')}+00:00",
            )


_STORIES = (
    *(_group, _organisation, _collaborator, _set_aside, _loan, _loan, _hand_over, _council, _case),
    _complaint,
)


@st.composite
def histories(draw: Callable[[st.SearchStrategy[Any]], Any], most: int = 14) -> dict[str, list[Told]]:
    """What each source tells, in its order; events of different subjects are shuffled together."""
    world = World(draw)
    stories: list[dict[str, list[Told]]] = []
    for number, story in enumerate([_areas_story, *draw(st.lists(st.sampled_from(_STORIES), max_size=most))]):
        world.told = {"registry": [], "loans": [], "cases": []}
        story(world, number)
        stories.append(world.told)
    return {
        source: _shuffled(draw, [told[source] for told in stories])
        for source in ("registry", "loans", "cases")
    }


def _areas_story(world: World, number: int) -> None:
    _areas(world)


def _shuffled(draw: Callable[[st.SearchStrategy[Any]], Any], threads: list[list[Told]]) -> list[Told]:
    """The events of all threads, each thread in its own order."""
    order = draw(st.permutations([n for n, thread in enumerate(threads) for _ in thread]))
    waiting = [iter(thread) for thread in threads]
    return [next(waiting[n]) for n in order]


@st.composite
def arrivals(draw: Callable[[st.SearchStrategy[Any]], Any], sizes: dict[str, int]) -> list[tuple[str, int]]:
    """In which batches, and in which order of sources, events arrive: [(source, how many)]."""
    batches: list[tuple[str, int]] = []
    for source, size in sizes.items():
        left = size
        while left:
            count = draw(st.integers(1, left))
            batches.append((source, count))
            left -= count
    return draw(st.permutations(batches))
