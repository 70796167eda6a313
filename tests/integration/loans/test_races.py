"""Many officers at once: the last money goes to exactly one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import uuid4

from chassis.errors import ChassisError, Conflict, Refused, Unavailable


def at_once(*deeds):
    """Start all deeds in the same moment; returns what each one answered or raised."""
    together = Barrier(len(deeds))

    def run(deed):
        together.wait(timeout=30)
        for _ in range(20):
            try:
                return deed()
            except Unavailable as busy:  # more callers than connections: said politely, tried again
                answer = busy
            except ChassisError as error:
                return error
        return answer

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(run, deed) for deed in deeds]]


def won(answers):
    return [answer for answer in answers if isinstance(answer, dict)]


def codes(answers):
    return {answer.code for answer in answers if not isinstance(answer, dict)}


def test_fifty_approvals_race_for_money_for_seven(office):
    office.set_aside(8_750_000)  # youth: 3,500,000: seven times half a million
    applications = [office.submit(office.group(), 500_000)["application"] for _ in range(50)]
    answers = at_once(*(lambda a=a: office.decide(a) for a in applications))
    assert len(won(answers)) == 7
    assert codes(answers) == {"pot_exhausted"}
    youth = office.pots()["youth"]
    assert (youth["available"], youth["reserved"]) == (0, 3_500_000)
    approved = [
        row
        for row in office.ask("applications", council=office.council, limit=200)["applications"]
        if row["status"] == "approved"
    ]
    assert len(approved) == 7


def test_two_approvals_race_for_the_last_money_and_exactly_one_wins(office):
    for _ in range(5):
        office.set_aside(2_500_000)  # youth: 1,000,000
        applications = [office.submit(office.group(), 1_000_000)["application"] for _ in range(2)]
        answers = at_once(*(lambda a=a: office.decide(a) for a in applications))
        assert len(won(answers)) == 1
        assert codes(answers) == {"pot_exhausted"}


def test_one_application_is_decided_once_however_many_decide(office):
    office.set_aside()
    application = office.submit(office.group(), 500_000)["application"]
    answers = at_once(*(lambda n=n: office.decide(application, caller=f"director-{n}") for n in range(8)))
    assert len(won(answers)) == 1
    assert codes(answers) == {"status_moved"}
    assert office.pots()["youth"]["reserved"] == 500_000


def test_each_step_is_taken_once_however_many_take_it(office):
    office.set_aside()
    application = office.take_in(office.group(), 500_000)["application"]
    for deed in (office.recommend, office.assess, office.decide, office.sign):
        answers = at_once(
            *(lambda n=n, deed=deed: deed(application, caller=f"{deed.__name__}-{n}") for n in range(6))
        )
        assert len(won(answers)) == 1
        assert codes(answers) == {"status_moved"}
    steps = office.ask("application", application=application)["steps"]
    assert len(steps) == len({step["actor"] for step in steps}) == 5
    assert len(office.told(application, "contract_signed")) == 1


def test_one_officer_who_takes_two_steps_in_one_moment_takes_one(office):
    """The second is refused: out of turn, or as the maker of the first."""
    for _ in range(5):
        application = office.take_in(office.group(), 500_000)["application"]
        answers = at_once(
            lambda a=application: office.recommend(a, caller="same"),
            lambda a=application: office.assess(a, caller="same"),
        )
        assert len(won(answers)) == 1
        assert codes(answers) <= {"step_skipped", "maker_is_checker"}


def test_a_contract_is_signed_or_its_application_ends_and_the_money_is_freed_once(office):
    office.set_aside()
    for _ in range(4):
        application = office.submit(office.group(), 500_000)["application"]
        office.decide(application)
        answers = at_once(
            lambda a=application: office.sign(a),
            lambda a=application: office.withdraw(a),
            lambda: office.release(on=date(2025, 9, 19)),
            lambda: office.release(on=date(2025, 9, 19)),
        )
        status = office.ask("application", application=application)["status"]
        assert status in ("contract_signed", "withdrawn", "lapsed")
        freed = office.told(application, "application_withdrawn") + office.told(
            application, "application_lapsed"
        )
        assert len(freed) == (status != "contract_signed")
        assert codes(answers) <= {"status_moved", "not_withdrawable"}
        if status == "contract_signed":
            office.withdraw(application)
    assert office.pots()["youth"]["reserved"] == 0


def test_a_loan_is_put_off_once_however_many_grant_it(office):
    office.set_aside()
    loan = office.lent()
    office.ask_to_put_off(loan, on=date(2026, 4, 7))
    answers = at_once(*(lambda: office.put_off(loan, date(2026, 4, 8)) for _ in range(6)))
    assert len(won(answers)) == 1
    assert codes(answers) == {"not_requested"}
    assert len(office.told(loan, "loan_rescheduled")) == 1


def test_two_hundred_payments_of_which_each_comes_four_times_take_effect_once_each(office):
    """Fifty receipts, each entered by four officers at once: twice as one command repeated, twice as others."""
    office.set_aside()
    loan = office.lent(9_000_000)
    receipts = [(f"ERV {office.number()}", f"NMB {office.number()}", str(uuid4())) for _ in range(50)]

    def pay(receipt, bank, command):
        return office.repay(
            loan,
            1_000 + receipts.index((receipt, bank, command)),
            receipt_number=receipt,
            bank_reference=bank,
            command_id=command,
        )

    def pay_anew(receipt, bank, command):
        return office.repay(
            loan,
            1_000 + receipts.index((receipt, bank, command)),
            receipt_number=receipt,
            bank_reference=bank,
        )

    deeds = [lambda r=r, deed=deed: deed(*r) for r in receipts for deed in (pay, pay, pay_anew, pay_anew)]
    answers = at_once(*deeds)
    assert len({answer["repayment"] for answer in won(answers)}) == 50
    assert codes(answers) <= {"receipt_number_taken", "bank_reference_taken"}
    whole = sum(1_000 + place for place in range(50))
    assert office.pots()["youth"]["repayments"] == whole
    assert office.ask("loan", loan=loan)["outstanding"] == 9_000_000 - whole
    assert len(office.told(loan, "repayment_recorded")) == 50


def test_a_group_that_applies_twice_in_one_moment_has_one_application(office):
    group = office.group()
    answers = at_once(*(lambda: office.submit(group) for _ in range(6)))
    assert len(won(answers)) == 1
    assert codes(answers) <= {"live_application", "not_eligible"}
    assert len(office.ask("applications", group=group)["applications"]) == 1


def test_a_member_of_two_groups_is_bound_by_one_of_two_approvals_in_one_moment(office):
    office.set_aside()
    for _ in range(3):
        shared = [office.member() for _ in range(5)]
        groups = [office.group(members=members) for members in (shared, shared[::-1])]
        applications = [office.submit(group, 500_000)["application"] for group in groups]
        answers = at_once(*(lambda a=a: office.decide(a) for a in applications))
        assert len(won(answers)) == 1
        assert codes(answers) == {"members_owe"}


def test_a_loan_is_paid_out_once_however_many_pay(office):
    office.set_aside()
    application = office.approved(office.group())
    answers = at_once(*(lambda: office.disburse(application) for _ in range(6)))
    assert len(won(answers)) == 1
    assert codes(answers) == {"status_moved"}
    assert office.pots()["youth"]["disbursed"] == 9_000_000


def test_payments_of_one_moment_are_all_placed_and_the_loan_is_repaid_once(office):
    office.set_aside()
    loan = office.lent(1_000_000)
    answers = at_once(
        *(lambda n=n: office.repay(loan, 150_000, on=date(2026, 1, 5 + n % 3)) for n in range(10))
    )
    assert len(won(answers)) == 10
    seen = office.ask("loan", loan=loan)
    assert (seen["outstanding"], seen["credit"], seen["state"]) == (0, 500_000, "repaid")
    assert len([e for e in office.svc.events("loan_repaid") if e["subject"] == loan]) == 1


def test_a_receipt_number_is_taken_once_in_one_moment(office):
    office.set_aside()
    loans = [office.lent() for _ in range(4)]
    answers = at_once(*(lambda n=loan: office.repay(n, 1_000, receipt_number="ERV RACE") for loan in loans))
    assert len(won(answers)) == 1
    assert all(isinstance(answer, dict | Conflict) for answer in answers)
    assert codes(answers) == {"receipt_number_taken"}


def test_payments_and_approvals_in_one_pot_do_not_lock_each_other_out(office):
    office.set_aside(20_000_000)
    loans = [office.lent(500_000) for _ in range(6)]
    applications = [
        office.submit(office.group(), 500_000, on=date(2026, 2, 2))["application"] for _ in range(6)
    ]
    deeds = [lambda n=loan: office.repay(n, 500_000) for loan in loans]
    deeds += [lambda a=a: office.decide(a, on=date(2026, 2, 9)) for a in applications]
    answers = at_once(*deeds)
    assert len(won(answers)) == 12, codes(answers)
    youth = office.pots()["youth"]
    assert (youth["available"], youth["reserved"]) == (8_000_000 - 3_000_000, 3_000_000)


def test_a_payment_is_reversed_once_however_many_reverse_it(office):
    office.set_aside(10_000_000)  # youth: 4,000,000
    repayment = office.repay(office.lent(4_000_000), 3_000_000)["repayment"]
    answers = at_once(*(lambda: office.reverse(repayment) for _ in range(6)))
    assert len(won(answers)) == 1
    assert codes(answers) == {"already_reversed"}
    assert office.pots()["youth"]["repayments"] == 0


def test_a_credit_is_refunded_once_however_many_refund_it(office):
    office.set_aside()
    loan = office.lent(500_000)
    office.repay(loan, 800_000)
    answers = at_once(*(lambda: office.refund(loan) for _ in range(6)))
    assert len(won(answers)) == 1
    assert codes(answers) == {"no_credit"}
    assert office.pots()["youth"]["refunded"] == 300_000


def test_an_approval_is_either_withdrawn_or_paid_out(office):
    office.set_aside()
    for _ in range(4):
        application = office.approved(office.group(), 500_000)
        answers = at_once(
            lambda a=application: office.withdraw(a, on=date(2025, 9, 1)),
            lambda a=application: office.disburse(a),
        )
        assert len(won(answers)) == 1
        assert codes(answers) <= {"not_withdrawable", "status_moved"}
    assert office.pots()["youth"]["reserved"] == 0


def test_money_taken_back_and_money_that_comes_in_meet_in_any_order(office):
    """A reversal opens a shortfall while set-asides and payments cover it: never both short and available."""
    office.set_aside(10_000_000)
    loan = office.lent(4_000_000)
    paid = [office.repay(loan, 1_000_000)["repayment"] for _ in range(4)]
    office.approved(office.group(), 4_000_000, applied_on=date(2026, 1, 6), approved_on=date(2026, 1, 20))
    deeds = [lambda r=repayment: office.reverse(r) for repayment in paid]
    deeds += [lambda: office.set_aside(2_500_000, on=date(2026, 4, 1), quarter=4) for _ in range(3)]
    assert len(won(at_once(*deeds))) == 7
    youth = office.pots()["youth"]
    assert (youth["shortfall"], youth["available"], youth["set_asides"]) == (1_000_000, 0, 7_000_000)


def test_a_closing_and_what_is_dated_into_its_quarter_leave_the_closed_figures_true(office):
    office.set_aside()
    loan = office.lent()
    deeds = [lambda: office.repay(loan, 1_000, on=date(2025, 9, 15)) for _ in range(5)]
    answers = at_once(*deeds, lambda: office.close_quarter(1))
    closed = next(answer for answer in won(answers) if "ends" in answer)
    assert codes(answers) <= {"quarter_closed", "constraint"}
    youth = next(pot for pot in closed["pots"] if pot["pot"] == "youth")
    assert youth == office.pots(date(2025, 9, 30))["youth"]
    assert youth["repayments"] == 1_000 * (len(won(answers)) - 1)


def test_one_command_that_arrives_ten_times_in_one_moment_is_one(office):
    command = str(uuid4())
    answers = at_once(
        *(lambda: office.set_aside(1_000, command_id=command, instrument="TT RACE") for _ in range(10))
    )
    assert all(answer == answers[0] for answer in answers)
    assert not [answer for answer in answers if isinstance(answer, Refused)]
    assert office.pots()["women"]["set_asides"] == 400
