"""The fund of a quarter by RPC."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from chassis.commands import query
from chassis.errors import Refused
from chassis.transaction import Transaction
from reports.fund.model import Statement, together
from reports.fund.reading import CouncilFund, read_funds
from reports.fund.schemas import FundStatementIn, FundStatementOut
from reports.indicators.asking import place
from reports.indicators.reading import data_as_of
from reports.periods.model import quarter_named
from reports.publication.reading import level_and_threshold
from reports.versions import store as versions


class FundRpc:
    @query(FundStatementIn, replies=FundStatementOut, needs=None)
    def fund_statement(
        self, tx: Transaction, area: UUID | None, country: str | None, fiscal_year: str, quarter: int
    ) -> dict[str, Any]:
        """A quarter of each council's fund in an area, and of all together: what came in, and where it is."""
        its, at = place(tx, area, country)
        asked = quarter_named(fiscal_year, quarter, its["fiscal_year_start_month"])
        version, as_of = versions.live(tx), data_as_of(tx)
        level, _ = level_and_threshold(tx, its, [asked.period])
        found = tx.area(at)
        assert found is not None
        councils = read_funds(tx, version["slot"], found, level, asked)
        if not councils and found["level"] != level and its["root"] != at:
            raise Refused(
                "no_fund_there", f"A fund stands with its {level}; ask for that or what is above it."
            )
        return {
            "country": its["country"],
            "currency": its["currency"],
            "area": at,
            "fiscal_year": fiscal_year,
            "quarter": quarter,
            "first_on": asked.period.first,
            "last_on": asked.period.last,
            "councils": [_council(each) for each in councils],
            "whole": _told(together(each.whole for each in councils)),
            "balances": all(each.balances for each in councils),
            "figures_version": version["version"],
            "data_as_of": as_of,
        }


def _council(fund: CouncilFund) -> dict[str, Any]:
    return {
        "area": fund.area,
        "name": fund.name,
        "pots": {pot: _told(each) for pot, each in fund.pots.items()},
        "whole": _told(fund.whole),
        "balances": fund.balances,
        "expected": fund.expected,
        "set_aside": fund.set_aside,
        "account_difference": fund.account_difference,
        "bank_lines_unmatched": fund.bank_lines_unmatched,
        "closed": fund.closed,
    }


def _told(statement: Statement) -> dict[str, int]:
    return {**asdict(statement), "difference": statement.difference}
