"""Chapter: the report, as `reports` tells it."""

from typing import Any

from ustawi.demo import collaborators
from ustawi.demo.figures import BEGINNING, COUNTRIES, Figures, fund_statement, told
from ustawi.demo.officers import AUDITOR
from ustawi.demo.stage import COUNCILS, FISCAL_YEAR, NINH_THUAN, POTS, YEAR_ENDS, Stage
from ustawi.demo.telling import day

_YEAR = {"fiscal_year": FISCAL_YEAR}


def tell(stage: Stage) -> None:
    """Print what the office owes the Government for the fiscal year."""
    _loans(stage)
    _quarters(stage)
    _fund(stage)
    _late(stage)
    _groups(stage)
    _others(stage)
    _cases(stage)
    _complaints(stage)


def _loans(stage: Stage) -> None:
    """Money, then numbers: side by side they are too wide for a screen."""
    money = ("fund_set_aside", "loans_disbursed_amount", "loans_repaid_amount")
    amounts = [told(stage.office, name, "area", "pot", **_YEAR) for name in money]
    amounts.append(told(stage.office, "loans_outstanding", "area", "pot", as_of=YEAR_ENDS))
    columns = ("council", "pot", "set aside", "paid out", "repaid", "owed then")
    stage.tell.table(
        f"Loans in {FISCAL_YEAR} and owed on {day(YEAR_ENDS)} (TZS)", columns, _by_council(stage, amounts)
    )
    names = ("loans_applied", "loans_granted", "loans_rejected", "loans_disbursed", "loans_completed")
    numbers = [told(stage.office, name, "area", "pot", **_YEAR) for name in names]
    numbers.append(told(stage.office, "loans_running", "area", "pot", as_of=YEAR_ENDS))
    counted = ("council", "pot", "applied", "granted", "rejected", "paid out", "repaid", "running then")
    stage.tell.table(f"Number of loans in {FISCAL_YEAR}", counted, _by_council(stage, numbers))


def _by_council(stage: Stage, figures: list[Figures]) -> list[tuple[Any, ...]]:
    """A row for each council's pot of which there is something to tell, and the sums."""
    rows: list[tuple[Any, ...]] = []
    for council, name in COUNCILS.items():
        for pot in POTS:
            values = [each.get((stage.office.areas[council], pot), 0) for each in figures]
            if any(values):
                rows.append((name, pot, *values))
    return [*rows, ("together", "", *(sum(each.values()) for each in figures))]


def _quarters(stage: Stage) -> None:
    names = ("fund_set_aside", "loans_granted", "loans_disbursed_amount", "loans_repaid_amount")
    figures = [told(stage.office, name, "quarter", "pot", **_YEAR) for name in names]
    rows = [
        (f"Q{number}", pot, *(each.get((f"{FISCAL_YEAR} Q{number}", pot), 0) for each in figures))
        for number in (1, 2, 3, 4)
        for pot in POTS
    ]
    together = ("together", "", *(sum(each.values()) for each in figures))
    columns = ("quarter", "pot", "set aside", "loans granted", "paid out", "repaid")
    stage.tell.table(f"Loans in {FISCAL_YEAR}, by quarter and pot (money in TZS)", columns, [*rows, together])


def _fund(stage: Stage) -> None:
    """Each quarter of each council's fund: what came in must be found again."""
    rows: list[tuple[Any, ...]] = []
    names = {stage.office.areas[council]: name for council, name in COUNCILS.items()}
    for quarter in (1, 2, 3, 4):
        told_of = fund_statement(stage.office, FISCAL_YEAR, quarter)
        lending = [(names[each["area"]], each) for each in told_of["councils"] if each["area"] in names]
        rows += [(f"Q{quarter}", name, *_statement(each["whole"])) for name, each in lending]
        rows.append((f"Q{quarter}", "together", *_statement(told_of["whole"])))
    columns = ("", "council", "held before", "set aside", "came back", "went out", "held then", "off by")
    stage.tell.table(f"The fund in {FISCAL_YEAR}, quarter by quarter (TZS)", columns, rows)


def _statement(whole: dict[str, int]) -> tuple[int, ...]:
    return (
        whole["brought_forward"],
        whole["opening"] + whole["set_asides"],
        whole["repayments"] + whole["recoveries"],
        whole["disbursed"] + whole["refunded"],
        whole["available"] + whole["reserved"] + whole["credits"] - whole["shortfall"],
        whole["difference"],
    )


def _late(stage: Stage) -> None:
    names = ("loans_late", "loans_late_amount", "loans_at_risk_amount", "loans_outstanding")
    figures = [told(stage.office, name, "area", as_of=YEAR_ENDS) for name in names]
    rows = []
    for council, name in COUNCILS.items():
        count, late, at_risk, owed = (each.get((stage.office.areas[council],), 0) for each in figures)
        if owed:
            rows.append((name, count, late, at_risk, owed, f"{100 * at_risk / owed:.1f} %"))
    columns = ("council", "late loans", "they owe", "at risk", "owed in all", "PAR30")
    stage.tell.table(f"Late loans on {day(YEAR_ENDS)} (TZS)", columns, rows)


def _groups(stage: Stage) -> None:
    registered, verified = (
        told(stage.office, name, "area", "group_kind", **_YEAR)
        for name in ("groups_registered", "groups_verified")
    )
    names = {stage.office.areas[council]: name for council, name in COUNCILS.items()}
    rows = [
        (names.get(area, area), kind, count, verified.get((area, kind), 0))
        for (area, kind), count in sorted(
            registered.items(), key=lambda each: (names.get(each[0][0], ""), each[0][1])
        )
    ]
    stage.tell.table(f"Groups in {FISCAL_YEAR}", ("council", "kind", "registered", "verified"), rows)


def _others(stage: Stage) -> None:
    organisations = told(stage.office, "organisations", "state", "organisation_kind", as_of=YEAR_ENDS)
    rows = [(state, kind.replace("_", " "), count) for (state, kind), count in sorted(organisations.items())]
    stage.tell.table(f"Organisations on {day(YEAR_ENDS)}", ("state", "kind", "number"), rows)
    area = stage.office.areas[NINH_THUAN]
    served = [
        (
            day(on),
            stage.office.ask(AUDITOR, "reports", "indicator", name="collaborators", area=area, as_of=on)[
                "total"
            ],
        )
        for on in collaborators.ROSTER
    ]
    stage.tell.table("Collaborators serving in Ninh Thuan", ("on", "number"), served)


def _cases(stage: Stage) -> None:
    rows = []
    for country in COUNTRIES:
        ever = {"from_on": BEGINNING, "to_on": YEAR_ENDS, "country": country}
        opened, closed = (
            _by_first(stage, name, "category", **ever) for name in ("cases_opened", "cases_closed")
        )
        still = _by_first(stage, "cases_open", "category", as_of=YEAR_ENDS, country=country)
        rows += [
            (country, code.replace("_", " "), opened[code,], closed.get((code,), 0), still.get((code,), 0))
            for (code,) in sorted(opened)
        ]
    stage.tell.table(
        f"Welfare cases until {day(YEAR_ENDS)}", ("country", "category", "opened", "closed", "open"), rows
    )


def _complaints(stage: Stage) -> None:
    until = {"from_on": BEGINNING, "to_on": YEAR_ENDS}
    received = _by_first(stage, "complaints_received", "complaint_kind", **until)
    kept = [
        told(stage.office, name, "complaint_kind", "timeliness", **until)
        for name in ("complaints_acknowledged", "complaints_answered")
    ]
    overdue = _by_first(stage, "complaints_overdue", "complaint_kind", as_of=YEAR_ENDS)
    rows = [
        (
            kind,
            received[kind,],
            *(number for each in kept for number in _and_late(each, kind)),
            overdue.get((kind,), 0),
        )
        for (kind,) in sorted(received)
    ]
    stage.tell.table(
        f"Complaints until {day(YEAR_ENDS)}",
        ("kind", "received", "acknowledged", "late", "answered", "late", "past due"),
        rows,
    )


def _and_late(figures: Figures, kind: str) -> tuple[int, int]:
    """How many, and how many of them late."""
    late = figures.get((kind, "late"), 0)
    return figures.get((kind, "in_time"), 0) + late, late


def _by_first(stage: Stage, name: str, dimension: str, **asked: str) -> Figures:
    return told(stage.office, name, dimension, **asked)
