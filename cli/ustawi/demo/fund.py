"""Chapter: the councils set money aside for the pots."""

from dataclasses import dataclass
from typing import Any

from ustawi.demo.officers import finance_officer
from ustawi.demo.stage import (
    COUNCILS,
    FISCAL_YEAR,
    KALAMBO,
    KILINDI,
    NKASI,
    POTS,
    SUMBAWANGA,
    SUMBAWANGA_TOWN,
    Stage,
)


@dataclass(frozen=True)
class Transfer:
    """Money on its way to a council's special account."""

    council: str
    quarter: int
    on: str
    amount: int
    instrument: str


# Kilindi's amount and its split were published; the day and the quarter are ours. The others are constructed.
KILINDI_TRANSFER = Transfer(KILINDI, 1, "2025-07-14", 550_500_000, "TT 118/2025")
KILINDI_POTS = {"women": 220_200_000, "youth": 220_200_000, "pwd": 110_100_000}

TRANSFERS = (
    KILINDI_TRANSFER,
    Transfer(NKASI, 1, "2025-07-16", 62_000_000, "MFANO NKS 1"),
    Transfer(NKASI, 2, "2025-10-15", 48_500_000, "MFANO NKS 2"),
    Transfer(NKASI, 3, "2026-01-19", 51_300_001, "MFANO NKS 3"),
    Transfer(NKASI, 4, "2026-04-14", 40_250_000, "MFANO NKS 4"),
    Transfer(SUMBAWANGA_TOWN, 1, "2025-07-15", 95_000_000, "MFANO SMC 1"),
    Transfer(SUMBAWANGA_TOWN, 3, "2026-01-20", 88_400_000, "MFANO SMC 3"),
    Transfer(SUMBAWANGA, 1, "2025-07-21", 70_000_000, "MFANO SDC 1"),
    Transfer(SUMBAWANGA, 2, "2025-10-20", 35_000_002, "MFANO SDC 2"),
    Transfer(KALAMBO, 2, "2025-10-16", 44_000_000, "MFANO KLB 2"),
)


def set_aside(stage: Stage) -> None:
    """Record every transfer; the service splits it 40/40/20 by the rules of that day."""
    rows = []
    for transfer in TRANSFERS:
        told = record(stage, transfer, f"fund/{transfer.instrument}")
        rows.append(
            (
                COUNCILS[transfer.council],
                transfer.quarter,
                told["amount"],
                *(told["pots"][pot] for pot in POTS),
            )
        )
    stage.tell.table(
        f"Set aside for {FISCAL_YEAR} (Kilindi: as published; the others: constructed)",
        ("council", "quarter", "amount", *POTS),
        rows,
    )


def record(stage: Stage, transfer: Transfer, step: str) -> dict[str, Any]:
    return stage.office.command(
        finance_officer(transfer.council),
        "loans",
        "set_aside",
        step,
        council=stage.office.areas[transfer.council],
        fiscal_year=FISCAL_YEAR,
        quarter=transfer.quarter,
        on=transfer.on,
        amount=transfer.amount,
        instrument=transfer.instrument,
    )
