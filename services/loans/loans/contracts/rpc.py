"""Contracts by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.applications.rpc import await_lapse, lock_for_step, take_step, who_of
from loans.contracts import model, store
from loans.contracts.schemas import SignContractIn, SignContractOut
from loans.steps.store import lapse_of


class ContractsRpc:
    """Mixed into the service class."""

    @command(SignContractIn, replies=SignContractOut, needs="contracts.sign")
    def sign_contract(
        self,
        tx: Transaction,
        application: UUID,
        on: date,
        number: str,
        shares: list[dict[str, Any]] | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record the signed contract of an approved loan, and for how much each member is liable."""
        row = lock_for_step(tx, application, "contract_signed", on, expected_version)
        amount = row["approved_amount"]
        liable = model.shares_of(amount, applications.members_of(tx, application), shares)
        contract = {
            "application": application,
            "council": row["council"],
            "number": number,
            "on": on,
            "amount": amount,
        }
        if not store.add_contract(tx, contract, liable):
            raise Conflict(
                "contract_number_taken", "This number stands for another contract of the council; check it."
            )
        store.set_signed(tx, application, on)
        version = take_step(tx, row, "contract_signed", on)
        await_lapse(tx, row, "contract_signed")
        lines = [{"member": member, "amount": part} for member, part in liable.items()]
        tx.emit(
            events.ContractSigned,
            subject=application,
            version=version,
            on=on,
            number=number,
            amount=amount,
            shares=lines,
            **who_of(row),
        )
        return {
            **contract,
            "status": "contract_signed",
            "shares": lines,
            "disburse_by": lapse_of(tx, row, "contract_signed").last_day,
            "version": version,
        }
