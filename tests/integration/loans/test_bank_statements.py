"""The bank's statement against the books."""

from datetime import date

import pytest

from chassis.errors import Conflict, NotFound, Refused

HEADER = "on,bank_reference,receipt_number,amount"


def take_in(office, *lines, **body):
    given = {
        "council": office.council,
        "statement": "ST 1/2026",
        "lines": "\n".join([HEADER, *lines]),
        **body,
    }
    told = office.svc.call("import_bank_statement", given, roles=["finance_officer"], caller="finance")
    return told["new"], told["matched"], told["unmatched"]


def settle(office, line, document):
    given = {"line": line, "document": document}
    return office.svc.call("settle_bank_line", given, roles=["finance_officer"], caller="finance")


def waiting(office):
    return office.ask("bank_lines", council=office.council)["lines"]


def test_lines_are_found_by_reference_receipt_or_day_and_always_by_amount(office):
    instrument = office.number("TT")
    office.set_aside(100_000_000, instrument=instrument)
    paid_out = office.number("PAY")
    loan = office.disburse(office.approved(office.group(), 2_000_000), bank_reference=paid_out)["loan"]
    reference, receipt = office.number("NMB"), office.number("ERV")
    office.repay(loan, 100_000, bank_reference=reference)
    office.repay(loan, 200_000, receipt_number=receipt)
    office.repay(loan, 300_000, on=date(2026, 1, 7))
    office.repay(loan, 400_000, on=date(2026, 1, 8), bank_reference=office.number("NMB"))
    assert take_in(
        office,
        f"2025-07-14,{instrument.lower()},,100000000",
        f"2025-09-01,{paid_out},,-2000000",
        f"2026-01-06,{reference.replace(' ', '')},,100000",
        f"2026-01-06,TELLER 1,{receipt},200000",
        "2026-01-07,TELLER 2,,300000",
        "2026-01-09,TELLER 3,,400000",  # another day, no reference: a person decides
        "2026-01-10,TELLER 4,,77000",
    ) == (7, 5, 2)
    assert [(line["on"], line["amount"]) for line in waiting(office)] == [
        ("2026-01-09", 400_000),
        ("2026-01-10", 77_000),
    ]
    rows = office.svc.sql(
        "SELECT kind, matched_by FROM bank_line WHERE council = %(c)s AND document IS NOT NULL ORDER BY line",
        c=office.council,
    )
    assert [(row["kind"], row["matched_by"]) for row in rows] == [
        ("set_aside", "reference"),
        ("disbursement", "reference"),
        ("repayment", "reference"),
        ("repayment", "receipt"),
        ("repayment", "day"),
    ]
    [event] = office.told(office.council, "bank_statement_imported")
    assert (event["lines"], event["matched"], event["unmatched"]) == (7, 5, 2)


def test_a_statement_that_is_imported_again_adds_no_line_and_finds_what_was_recorded_since(office):
    office.set_aside()
    loan = office.lent()
    line = "2026-01-06,NMB AGAIN 1,,100000"
    assert take_in(office, line) == (1, 0, 1)
    assert take_in(office, line, "2026-01-06,NMB AGAIN 2,,5") == (1, 0, 2)
    office.repay(loan, 100_000, bank_reference="NMB AGAIN 1")
    assert take_in(office, line) == (0, 1, 0)


def test_the_bank_s_own_message_and_a_spreadsheet_s_file_tell_the_same_lines(office):
    office.set_aside()
    office.repay(office.lent(), 100_000, bank_reference="NMB MESSAGE 1")
    message = """:20:ST 1/2026
:25:20110012345
:28C:1/1
:60F:C260105TZS0,00
:61:2601060106C100000,00NTRFERV 1//NMBMESSAGE1
:86:UPENDO GROUP
:62F:C260106TZS100000,00
-"""
    assert take_in(office, lines=message, format="mt940") == (1, 1, 0)
    assert take_in(office, lines=message.replace("\n", "\r\n"), format="mt940") == (0, 1, 0)
    rows = f"{HEADER}\r\n2026-01-06,NMB MESSAGE 1,ERV 1,100000\r\n"
    assert take_in(office, lines=rows) == (0, 1, 0)
    with pytest.raises(Refused, match="currency_differs"):
        take_in(office, lines=message.replace("TZS", "KES"), format="mt940")


def test_what_could_be_two_things_is_left_to_a_person(office):
    office.set_aside()
    loan = office.lent()
    first, second = (office.repay(loan, 50_000, on=date(2026, 1, 7))["repayment"] for _ in range(2))
    assert take_in(office, "2026-01-07,TELLER A,,50000") == (1, 0, 1)
    [line] = waiting(office)
    assert settle(office, line["line"], second)["kind"] == "repayment"
    assert waiting(office) == []
    with pytest.raises(Conflict, match="line_matched"):
        settle(office, line["line"], first)
    take_in(office, "2026-01-09,TELLER B,,50000", "2026-01-09,TELLER C,,60000")
    other, odd = waiting(office)
    with pytest.raises(Conflict, match="document_matched"):
        settle(office, other["line"], second)
    with pytest.raises(Refused, match="amount_differs"):
        settle(office, odd["line"], first)
    settle(office, other["line"], first)


def test_a_reversed_payment_is_not_what_the_bank_means(office):
    office.set_aside()
    reference = office.number("NMB")
    repayment = office.repay(office.lent(), 50_000, bank_reference=reference)["repayment"]
    office.reverse(repayment)
    assert take_in(office, f"2026-01-05,{reference},,50000") == (1, 0, 1)
    with pytest.raises(NotFound):
        settle(office, waiting(office)[0]["line"], repayment)


@pytest.mark.parametrize("reason_code", ["entered_wrongly", "not_for_this_loan"])
def test_a_line_of_a_payment_that_is_to_be_entered_again_waits_for_it(office, reason_code):
    office.set_aside()
    loan, line = office.lent(), f"2026-01-05,{(reference := office.number('NMB'))},,50000"
    repayment = office.repay(loan, 50_000, bank_reference=reference)["repayment"]
    assert take_in(office, line) == (1, 1, 0)
    office.reverse(repayment, reason_code=reason_code)
    assert [each["bank_reference"] for each in waiting(office)] == [reference]
    office.repay(office.lent(), 50_000, bank_reference=reference)
    assert take_in(office, line) == (0, 1, 0)


def test_goods_that_were_paid_from_the_account_are_found_in_it(office):
    office.set_aside()
    paid_out, asset = office.number("PAY"), {"description": "pikipiki"}
    office.disburse(
        office.approved(office.group(), 2_000_000), method="in_kind", bank_reference=paid_out, asset=asset
    )
    assert take_in(office, f"2025-09-01,{paid_out},,-2000000") == (1, 1, 0)


def test_a_statement_of_the_future_or_of_another_council_is_refused(office, new_office):
    office.set_aside()
    with pytest.raises(Refused, match="in_future"):
        take_in(office, "2026-07-01,NMB 1,,5")
    with pytest.raises(Refused, match="line_unreadable"):
        take_in(office, "2026-01-01,NMB 1,,5.5")
    take_in(office, "2026-01-01,NMB 1,,5")
    elsewhere = new_office()
    asked = {"roles": ["finance_officer"], "areas": [elsewhere.council]}
    assert office.svc.call("bank_lines", **asked)["lines"] == []
    with pytest.raises(NotFound):
        office.svc.call(
            "settle_bank_line", {"line": waiting(office)[0]["line"], "document": office.council}, **asked
        )
