"""The story in its order, and what is told and checked at its end."""

from ustawi.demo import (
    areas,
    cases,
    checks,
    collaborators,
    complaints,
    fund,
    groups,
    load,
    loans,
    organisations,
    oversight,
    report,
    windows,
)
from ustawi.demo.stage import FISCAL_YEAR, ILALA, NINH_THUAN, RUKWA, Stage

# The quarter in which each place's page has most to show.
_PAGES = {RUKWA: "2025-26-Q4", ILALA: "2025-26-Q4", NINH_THUAN: "2020-Q2"}


def tell(stage: Stage, today: str, load_of: int = 0) -> bool:
    """Tell the whole story, with `load_of` constructed loans more; whether every check passed.

    `today` is the day (ISO) as of which everything is compared: no fact may be dated later.
    """
    office, teller = stage.office, stage.tell
    before = office.heads()
    teller.chapter("Countries and public holidays")
    areas.define_countries(stage)
    teller.chapter("Areas")
    areas.import_areas(stage)
    teller.chapter("Groups of women, youth and people with disabilities (all people are constructed)")
    groups.register_and_verify(stage)
    teller.chapter(f"The fund of {FISCAL_YEAR}")
    fund.set_aside(stage)
    teller.chapter(f"Windows for applications in {FISCAL_YEAR}")
    windows.announce(stage)
    teller.chapter("Loans")
    loans.judge_eligibility(stage)
    loans.lend(stage)
    if load_of:
        teller.chapter(f"{load_of:,} loans more, constructed")
        load.lend(stage, load_of)
    teller.chapter("Revenue, the bank and late loans")
    oversight.watch(stage)
    teller.chapter("Organisations")
    organisations.register_organisations(stage)
    teller.chapter("Collaborators of Ninh Thuan")
    collaborators.issue_decisions(stage)
    teller.chapter("Welfare cases (constructed)")
    cases.look_after(stage)
    teller.chapter("Complaints at Ilala (constructed)")
    complaints.answer(stage)
    teller.chapter(f"The report for {FISCAL_YEAR}, as told by reports")
    office.until_all_applied()
    report.tell(stage)
    teller.chapter("Checks")
    results = checks.check(stage, today)
    teller.table("", ("", "check", "figures"), [(each.passed, each.what, each.shown) for each in results])
    _what_was_new(stage, before)
    failed = [each.what for each in results if not each.passed]
    teller.verdict(
        not failed,
        f"{len(failed)} of {len(results)} checks failed." if failed else f"All {len(results)} checks passed.",
    )
    if office.addresses.web:
        teller.say("The same figures as pages:")
        for area in (RUKWA, ILALA, NINH_THUAN):
            teller.say(f"{office.addresses.web}/?area={area}&quarter={_PAGES[area]}")
    return not failed


def _what_was_new(stage: Stage, before: dict[str, int]) -> None:
    """By the positions of the logs: a command whose events stand behind them was done in this run."""
    after, total = stage.office.heads(), len(stage.office.done)
    new = stage.office.count_new(before)
    if not new:
        stage.tell.say(f"Nothing new: {total:,} commands were already done.")
    elif new == total:
        stage.tell.say(f"{total:,} commands done.")
    else:
        stage.tell.say(f"{new:,} commands done; {total - new:,} were already done.")
    grown = ", ".join(f"{log} {before[log]:,} to {after[log]:,}" for log in after)
    stage.tell.say(f"Positions of the logs: {grown}")
