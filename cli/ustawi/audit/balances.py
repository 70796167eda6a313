"""What loans owe, worked out from the events alone, to be compared with the balances that the tables hold. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Balance:
    """One loan: principal still owed, and credit held for its group."""

    outstanding: int = 0
    credit: int = 0
    given_up: bool = False  # what a reversal lays bare then is written off too


class Books:
    """Sums of events by loan."""

    def __init__(self) -> None:
        self.loans: dict[str, Balance] = {}

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            self._take(event["type"], event["data"])

    def _take(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "loan_disbursed":
            self.loans[data["loan"]] = Balance(data["principal"])
            return
        loan = self.loans.get(data.get("loan", ""))
        if loan is None:
            return
        match kind:
            case "disbursement_voided":
                loan.outstanding = 0
            case "repayment_recorded":
                loan.outstanding -= data["principal"]
                loan.credit += data["credit"]
            case "repayment_reversed":
                loan.outstanding += 0 if loan.given_up else data["principal"]
                loan.credit -= data["credit"]
            case "credit_refunded":
                loan.credit -= data["amount"]
            case "loan_written_off":
                loan.outstanding -= data["amount"]
                loan.given_up = True

    def differences(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Loans whose row (`loan`, `reference`, `outstanding`, `credit`) is not what its events sum to."""
        found = []
        seen = set()
        for row in rows:
            seen.add(row["loan"])
            summed = self.loans.get(row["loan"])
            for name in ("outstanding", "credit"):
                by_events = getattr(summed, name) if summed else None
                if row[name] != by_events:
                    found.append(
                        {
                            "loan": row["loan"],
                            "reference": row["reference"],
                            "what": name,
                            "table": row[name],
                            "events": by_events,
                        }
                    )
        for loan in sorted(self.loans.keys() - seen):
            owed = self.loans[loan].outstanding
            found.append(
                {"loan": loan, "reference": None, "what": "outstanding", "table": None, "events": owed}
            )
        return found
