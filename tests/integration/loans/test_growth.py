"""What an officer does today costs the same after ten years of loans."""

from datetime import date

from heard import listening
from plans import read_from_end_to_end


def test_no_command_or_question_reads_a_grown_table_from_end_to_end(office, postgres):
    office.set_aside()
    office.lent()
    with listening(office.svc.runtime) as said:
        office.set_aside(on=date(2025, 7, 15))
        loan = office.lent()
        office.repay(loan, 1_000_000)
        for question in ("loan", "schedule", "statement"):
            office.svc.call(question, roles=["auditor"], loan=loan)
        office.svc.fire_deadlines()
        office.pots()
    assert len(said) > 50
    assert read_from_end_to_end(postgres, office.svc, said) == {}


def test_a_statement_without_an_index_is_found(office, postgres):
    office.set_aside()
    office.lent()
    without = [("SELECT * FROM repayment WHERE amount = %(amount)s", {"amount": 7})]
    office.repay(office.lent(), 1_000_000)
    assert set(read_from_end_to_end(postgres, office.svc, without)) == {"repayment"}
