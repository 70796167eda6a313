"""What must be true at the end: the ledger balances, and `reports` tells what the owners hold."""

from collections.abc import Iterator
from dataclasses import dataclass

from ustawi.demo import collaborators
from ustawi.demo.figures import (
    BEGINNING,
    Figures,
    Owners,
    counted,
    everywhere,
    first_difference,
    fund_statement,
    told,
)
from ustawi.demo.fund import KILINDI_POTS, KILINDI_TRANSFER
from ustawi.demo.office import FOLLOWERS, LOGS
from ustawi.demo.officers import AUDITOR, OPERATIONS
from ustawi.demo.stage import COUNCILS, FISCAL_YEAR, KILINDI, NINH_THUAN, QUARTER_ENDS, Stage
from ustawi.demo.telling import money

_CAME_IN = ("opening", "set_asides", "repayments", "recoveries", "shortfall")
_WENT = ("available", "reserved", "credits_held", "disbursed", "refunded")


@dataclass(frozen=True)
class Check:
    """One thing that must be true, and the figures that show it."""

    what: str
    shown: str
    passed: bool


def check(stage: Stage, today: str) -> list[Check]:
    """Check everything as of `today`; the logs must have been taken in before."""
    owners = Owners(stage.office)
    refused = sum(stage.forbidden.values())
    law = f"{refused} of {len(stage.forbidden)}"
    return [
        Check("what the law forbids was refused", law, refused == len(stage.forbidden)),
        *_fund(stage, owners),
        *_quarters(stage, owners),
        *_lending(stage, owners, today),
        *_registry(stage, owners, today),
        *_cases(stage, owners, today),
        *_logs(stage),
    ]


def _fund(stage: Stage, owners: Owners) -> Iterator[Check]:
    ids = stage.office.areas
    split = {pot: each["set_asides"] for pot, each in owners.fund(ids[KILINDI], KILINDI_TRANSFER.on).items()}
    shown = " / ".join(money(split[pot]) for pot in KILINDI_POTS)
    yield Check(f"Kilindi's {money(KILINDI_TRANSFER.amount)} is split 40/40/20", shown, split == KILINDI_POTS)

    pots = list(owners.pots.values())
    came, went = (sum(pot[name] for pot in pots for name in names) for names in (_CAME_IN, _WENT))
    balanced = all(sum(p[name] for name in _CAME_IN) == sum(p[name] for name in _WENT) for p in pots)
    below = any(pot["available"] < 0 for pot in pots)
    yield Check(
        f"in each of {len(pots)} pots, what came in is what went", f"{money(came)} = {money(went)}", balanced
    )
    yield Check(
        "no pot is below nothing or short", "", not below and not any(pot["shortfall"] for pot in pots)
    )

    for account, of_loan in (
        ("disbursed", "principal"),
        ("outstanding", "outstanding"),
        ("credits_held", "credit"),
    ):
        fund = counted((key, pot[account]) for key, pot in owners.pots.items())
        loans = counted(((loan["council"], loan["pot"]), loan[of_loan]) for loan in owners.loans)
        yield _same(f"the pots' {account.replace('_', ' ')} is the sum over the loans", fund, loans)

    found = {loan["loan"]: loan["outstanding"] for loan in owners.loans}
    expected = {loan: each.outstanding for loan, each in stage.loans.items()}
    right = sum(found.get(loan) == outstanding for loan, outstanding in expected.items())
    yield Check(
        "every loan of this story owes what its payments leave",
        f"{right:,} of {len(expected):,}",
        right == len(expected),
    )


def _quarters(stage: Stage, owners: Owners) -> Iterator[Check]:
    """Each quarter as reports counts it from events, beside each pot as loans' own ledger has it."""
    held = {
        "available": "available",
        "reserved": "reserved",
        "credits": "credits_held",
        "shortfall": "shortfall",
    }
    for quarter, ends in enumerate(QUARTER_ENDS, start=1):
        told_of = fund_statement(stage.office, FISCAL_YEAR, quarter)
        balanced = [each for each in told_of["councils"] if each["balances"]]
        whole = told_of["whole"]
        came_in = sum(
            whole[name]
            for name in ("brought_forward", "opening", "set_asides", "repayments", "recoveries", "shortfall")
        )
        yield Check(
            f"Q{quarter} of {FISCAL_YEAR} balances in each of {len(told_of['councils'])} councils and together",
            money(came_in),
            len(balanced) == len(told_of["councils"]) and told_of["balances"] and whole["difference"] == 0,
        )
        ours = {each["area"]: each["pots"] for each in told_of["councils"]}
        councils = [stage.office.areas[council] for council in COUNCILS]
        yield _same(
            f"reports' fund at the end of Q{quarter} = loans' own fund_position",
            counted(
                ((c, pot, name), its[name]) for c in councils for pot, its in ours[c].items() for name in held
            ),
            counted(
                ((c, pot, name), its[own])
                for c in councils
                for pot, its in owners.fund(c, ends).items()
                for name, own in held.items()
            ),
        )


def _lending(stage: Stage, owners: Owners, today: str) -> Iterator[Check]:
    ever = {"from_on": BEGINNING, "to_on": today}
    loans, applications = owners.loans, owners.applications
    granted = [each for each in applications if each["approved_amount"] is not None]

    def by_pot(rows: list[dict[str, object]], amount: str | None = None) -> Figures:
        return counted(
            ((str(row["council"]), str(row["pot"])), int(str(row[amount])) if amount else 1) for row in rows
        )

    expected = {
        "fund_set_aside": counted((key, pot["set_asides"]) for key, pot in owners.pots.items()),
        "loans_applied": by_pot(applications),
        "loans_applied_amount": by_pot(applications, "amount"),
        "loans_granted": by_pot(granted),
        "loans_granted_amount": by_pot(granted, "approved_amount"),
        "loans_rejected": by_pot([each for each in applications if each["status"] == "rejected"]),
        "loans_disbursed": by_pot(loans),
        "loans_disbursed_amount": by_pot(loans, "principal"),
        "loans_repaid_amount": counted((key, pot["repayments"]) for key, pot in owners.pots.items()),
        "loans_completed": by_pot([each for each in loans if each["state"] == "repaid"]),
    }
    for name, figures in expected.items():
        yield _same(
            f"reports' {_words(name)} = loans' own", told(stage.office, name, "area", "pot", **ever), figures
        )
    stocks = {
        "loans_outstanding": by_pot(loans, "outstanding"),
        "loans_running": by_pot([each for each in loans if each["state"] == "active"]),
    }
    for name, figures in stocks.items():
        yield _same(
            f"reports' {_words(name)} = loans' own",
            told(stage.office, name, "area", "pot", as_of=today),
            figures,
        )


def _registry(stage: Stage, owners: Owners, today: str) -> Iterator[Check]:
    office, ever = stage.office, {"from_on": BEGINNING, "to_on": today}
    groups = owners.groups
    yield _same(
        "reports' groups registered = registry's own",
        told(office, "groups_registered", "area", "group_kind", **ever),
        counted(((each["council"], each["kind"]), 1) for each in groups),
    )
    yield _same(
        "reports' groups verified = registry's own",
        told(office, "groups_verified", "area", "group_kind", **ever),
        counted(((each["council"], each["kind"]), 1) for each in groups if each["status"] == "verified"),
    )
    yield _same(
        "reports' organisations by state = registry's own",
        everywhere(office, "organisations", "state", as_of=today),
        counted(((each["status"],), 1) for each in owners.organisations),
    )
    served = {on: collaborators.roster(stage, on) for on in collaborators.ROSTER}
    counts = " / ".join(str(count) for count in served.values())
    yield Check("Ninh Thuan's roster of three days, in the registry", counts, served == collaborators.ROSTER)
    area = office.areas[NINH_THUAN]
    figures = {on: _total(stage, "collaborators", area, on) for on in collaborators.ROSTER}
    counts = " / ".join(str(count) for count in figures.values())
    yield Check("the same roster, in reports", counts, figures == collaborators.ROSTER)


def _cases(stage: Stage, owners: Owners, today: str) -> Iterator[Check]:
    office, ever = stage.office, {"from_on": BEGINNING, "to_on": today}
    cases, complaints = owners.cases(), owners.complaints()
    yield _same(
        "reports' cases open = cases' own",
        everywhere(office, "cases_open", "category", as_of=today),
        counted(((category,), count) for (category, state), count in cases.items() if state == "open"),
    )
    yield _same(
        "reports' cases closed = cases' own",
        everywhere(office, "cases_closed", "category", **ever),
        counted(((category,), count) for (category, state), count in cases.items() if state == "closed"),
    )
    yield _same(
        "reports' complaints received = cases' own",
        everywhere(office, "complaints_received", "complaint_kind", **ever),
        counted(((kind,), count) for (kind, _), count in complaints.items()),
    )
    yield _same(
        "reports' complaints still open = cases' own",
        everywhere(office, "complaints_open", "complaint_kind", as_of=today),
        counted(
            ((kind,), count)
            for (kind, state), count in complaints.items()
            if state in ("received", "acknowledged")
        ),
    )


def _logs(stage: Stage) -> Iterator[Check]:
    heads = stage.office.heads()
    followers = sorted({follower for source in LOGS for follower in FOLLOWERS[source]})
    streams = {
        (follower, stream["source"]): stream
        for follower in followers
        for stream in stage.office.ask(OPERATIONS, follower, "streams")["streams"]
    }
    for source in LOGS:
        position = streams["reports", source]["position"]
        yield Check(
            f"reports holds every fact of {source}",
            f"{position:,} of {heads[source]:,}",
            position >= heads[source],
        )
    troubled = [
        f"{follower} from {source}"
        for (follower, source), stream in streams.items()
        if stream["parked"] or stream["forked"] is not None or stream["stopped"] is not None
    ]
    yield Check("no event is parked, no log forked, no stream stopped", ", ".join(troubled), not troubled)


def _total(stage: Stage, name: str, area: str, as_of: str) -> int:
    """A stock of a whole area on a day."""
    total: int = stage.office.ask(AUDITOR, "reports", "indicator", name=name, area=area, as_of=as_of)["total"]
    return total


def _same(what: str, one: Figures, other: Figures) -> Check:
    difference = first_difference(one, other)
    return Check(what, difference or f"{sum(one.values()):,}", not difference)


def _words(indicator: str) -> str:
    return indicator.replace("_", " ")
