"""Bank statements by RPC."""

from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.errors import Conflict, NotFound, Refused
from chassis.transaction import Transaction
from loans import events
from loans.bank import model, store
from loans.bank.mt940 import read_mt940
from loans.bank.schemas import (
    BankLinesIn,
    BankLinesOut,
    ImportBankStatementIn,
    ImportBankStatementOut,
    SettleBankLineIn,
    SettleBankLineOut,
)
from loans.fund import store as fund
from loans.fund.rpc import country_of


class BankRpc:
    """Mixed into the service class."""

    @command(ImportBankStatementIn, replies=ImportBankStatementOut, needs="bank.import")
    def import_bank_statement(
        self, tx: Transaction, council: UUID, statement: str, lines: str, format: str
    ) -> dict[str, Any]:
        """Take in a statement of the special account; what is found nowhere in the books waits for a person."""
        country = country_of(tx, council)
        if format == "mt940":
            read = read_mt940(lines, store.currency(tx, country))
        else:
            read = model.read_statement(lines)
        for line in read:
            tx.not_in_future(line.on, country)
        version = fund.lock_fund(tx, council, country)
        new = store.add_lines(tx, council, statement, read)
        for by in model.MATCHES:
            store.match(tx, council, by)
        matched = store.matched_among(tx, council, read)
        told = {
            "council": council,
            "lines": len(read),
            "new": new,
            "matched": matched,
            "unmatched": len(read) - matched,
        }
        tx.emit(events.BankStatementImported, subject=council, version=version, statement=statement, **told)
        return told

    @query(BankLinesIn, replies=BankLinesOut, needs="bank.read")
    def bank_lines(
        self, tx: Transaction, council: UUID | None, after: UUID | None, limit: int
    ) -> dict[str, Any]:
        """The lines that were found nowhere in the books, page by page."""
        rows = store.open_lines(tx, council, after, limit)
        return {"lines": rows, "after": rows[-1]["line"] if len(rows) == limit else None}

    @command(SettleBankLineIn, replies=SettleBankLineOut, needs="bank.import")
    def settle_bank_line(self, tx: Transaction, line: UUID, document: UUID) -> dict[str, Any]:
        """Say what in the books a line is that was not found by itself."""
        row = store.lock_line(tx, line)
        if row is None:
            raise NotFound("not_found", "There is no such record within your area.")
        tx.require_area(row["council"])
        if row["document"] is not None:
            raise Conflict(
                "line_matched", "This line is found in the books already; read the open lines again."
            )
        found = store.find_document(tx, row["council"], document)
        if found is None:
            raise NotFound("not_found", "There is no such record within your area.")
        if found["taken"]:
            raise Conflict("document_matched", "Another line of the bank is this record already.")
        if found["amount"] != row["amount"]:
            raise Refused(
                "amount_differs",
                "The bank and the books name different amounts; correct the books first.",
                {"bank": row["amount"], "books": found["amount"]},
            )
        store.settle(tx, line, document, found["kind"])
        return {"line": line, "document": document, "kind": found["kind"]}
