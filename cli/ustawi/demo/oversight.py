"""Chapter: what the councils report of their revenue, what the bank says, and which loans are late."""

from ustawi.demo.officers import AUDITOR, council_officer, finance_officer
from ustawi.demo.stage import (
    COUNCILS,
    FISCAL_YEAR,
    KALAMBO,
    NKASI,
    RUKWA_COUNCILS,
    SUMBAWANGA,
    SUMBAWANGA_TOWN,
    YEAR_ENDS,
    Stage,
)
from ustawi.demo.telling import day

# Own-source revenue of each quarter, whole shillings; constructed. A tenth of it is to be set aside.
_REVENUE = {
    NKASI: (620_000_000, 485_000_000, 513_000_010, 402_500_000),
    SUMBAWANGA_TOWN: (950_000_000, 410_000_000, 884_000_000, 395_000_000),
    SUMBAWANGA: (700_000_000, 350_000_020, 301_000_000, 280_000_000),
    KALAMBO: (198_000_000, 440_000_000, 205_000_000, 187_000_000),
}
_REPORTED_ON = ("2025-10-08", "2026-01-09", "2026-04-09", "2026-07-08")
_KEPT_ELSEWHERE = {NKASI: 2_500_000}  # in an account that is not the special one
_CLOSED = ("2026-03-31", "2026-05-30", YEAR_ENDS)  # a standstill is closed sixty days at a time


def watch(stage: Stage) -> None:
    """Report revenue and the bank's balance, and close the days until the end of the year."""
    rows = []
    for council in RUKWA_COUNCILS:
        area = stage.office.areas[council]
        missing = 0
        for quarter, (revenue, on) in enumerate(zip(_REVENUE[council], _REPORTED_ON, strict=True), start=1):
            missing += max(
                0,
                stage.office.command(
                    finance_officer(council),
                    "loans",
                    "report_revenue",
                    f"oversight/{council}/revenue/{quarter}",
                    council=area,
                    fiscal_year=FISCAL_YEAR,
                    quarter=quarter,
                    on=on,
                    own_source=revenue,
                    earmarked=0,
                    instrument=f"MFANO RV {quarter}",
                )["missing"],
            )
        changed = 0
        for on in _CLOSED:
            closed = stage.office.command(
                council_officer(council),
                "loans",
                "close_day",
                f"oversight/{council}/{on}",
                council=area,
                on=on,
            )
            changed += closed["changed"]
        rows.append((COUNCILS[council], missing, _balance(stage, council, area), changed))
    stage.tell.table(
        f"Told from outside the books until {day(YEAR_ENDS)} (TZS; constructed)",
        ("council", "not set aside when reported", "bank less books", "changes of lateness"),
        rows,
    )


def _balance(stage: Stage, council: str, area: str) -> int:
    """The bank's word at the end of the year: what the books say, less what is kept elsewhere."""
    pots = stage.office.ask(AUDITOR, "loans", "fund_position", council=area, as_of=YEAR_ENDS)["pots"]
    books = sum(pot["available"] + pot["reserved"] + pot["credits_held"] - pot["shortfall"] for pot in pots)
    balance = books - _KEPT_ELSEWHERE.get(council, 0)
    told = stage.office.command(
        finance_officer(council),
        "loans",
        "record_account_balance",
        f"oversight/{council}/balance/{balance}",
        council=area,
        on=YEAR_ENDS,
        balance=balance,
        instrument="MFANO ST 6/2026",
    )
    difference: int = told["difference"]
    return difference
