"""What importing a bank's statement takes and gives. Money in whole shillings."""

from chassis.schemas import MAX_MONEY, Schema, fields

_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_LINE = "0192f1a0-0000-7000-8000-000000000011"
_REPAYMENT = "0192f1a0-0000-7000-8000-000000000003"

FORMATS = ("csv", "mt940")
KINDS = ("repayment", "recovery", "disbursement", "refund", "set_aside")


class ImportBankStatementIn(Schema):
    """`lines` is the statement's text, at most 1,000 lines of it.

    As `csv` it has the header on,bank_reference,receipt_number,amount, and what went out is below 0. As `mt940`
    it is the bank's SWIFT message, in the country's currency.
    """

    council = fields.Id(required=True)
    statement = fields.Code(required=True, max=60)
    lines = fields.Text(required=True, max=100_000, lines=True)
    format = fields.Choice(FORMATS, load_default="csv")
    example = {
        "council": _COUNCIL,
        "statement": "ST 2/2026",
        "lines": "on,bank_reference,receipt_number,amount\n2026-02-02,NMB 20260202-77,ERV 004512,6500000",
    }


class ImportBankStatementOut(Schema):
    """`new` lines were not imported before; `unmatched` of all `lines` wait for a person."""

    council = fields.Id()
    lines = fields.Count()
    new = fields.Count()
    matched = fields.Count()
    unmatched = fields.Count()
    example = {"council": _COUNCIL, "lines": 1, "new": 1, "matched": 1, "unmatched": 0}


class BankLinesIn(Schema):
    """A page of the lines that were found nowhere in the books; `after` is the last id."""

    council = fields.Id()
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=50)
    example = {"council": _COUNCIL, "limit": 50}


class BankLine(Schema):
    line = fields.Id()
    council = fields.Id()
    statement = fields.Text()
    on = fields.Day()
    amount = fields.Money(min=-MAX_MONEY)
    bank_reference = fields.Text()
    receipt_number = fields.Text()
    example = {
        "line": _LINE,
        "council": _COUNCIL,
        "statement": "ST 2/2026",
        "on": "2026-02-02",
        "amount": 6_500_000,
        "bank_reference": "NMB 20260202-77",
        "receipt_number": "ERV 004512",
    }


class BankLinesOut(Schema):
    lines = fields.Items(fields.Nested(BankLine), max=200)
    after = fields.Id()
    example = {"lines": [BankLine.example], "after": None}


class SettleBankLineIn(Schema):
    """`document` is the repayment, recovery, loan, refund or set-aside that the line is."""

    line = fields.Id(required=True)
    document = fields.Id(required=True)
    example = {"line": _LINE, "document": _REPAYMENT}


class SettleBankLineOut(Schema):
    line = fields.Id()
    document = fields.Id()
    kind = fields.Choice(KINDS)
    example = {"line": _LINE, "document": _REPAYMENT, "kind": "repayment"}
