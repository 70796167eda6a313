"""The fund of each council: its set-asides, and where its money stands, pot by pot.

Every event moves as much into one place of the law of the pot as out of another, so that opening + set-asides +
repayments + recoveries + taken over = available + reserved + credits + disbursed + refunded + handed over, on each
day, in the books of the council that the event names, wherever the ward lies by then. What a loan was paid too much is
moved from available to credits by `loans.store.LIVES`, which knows each loan's payments.

A loan that goes to another council takes along what is held for its group, an approval what is reserved for it. What
was lent and paid back before stays with the council that lent it.
"""

from reports import foreign
from reports.figures.definition import Definition
from reports.transfers.store import BOOKED, MOVES

DEFINITION = Definition(
    name="fund",
    reads={
        "loans": {
            "opening_balance_recorded": foreign.OpeningBalanceRecorded,
            "fund_set_aside": foreign.FundSetAside,
            "application_approved": foreign.ApplicationApproved,
            "application_withdrawn": foreign.ApplicationWithdrawn,
            "application_lapsed": foreign.ApplicationLapsed,
            "loan_disbursed": foreign.LoanDisbursed,
            "disbursement_voided": foreign.DisbursementVoided,
            "repayment_recorded": foreign.RepaymentRecorded,
            "repayment_reversed": foreign.RepaymentReversed,
            "credit_refunded": foreign.CreditRefunded,
            "recovery_recorded": foreign.RecoveryRecorded,
            "recovery_reversed": foreign.RecoveryReversed,
            "fund_transferred": foreign.FundTransferred,
            **MOVES,
        }
    },
    # All of it stands with the council, whose special account it is. `fund_available` below nothing is a shortfall.
    sql=f"""{BOOKED}, split AS (
    SELECT a.event, a.type, a.council, a."on", pot.key AS pot, pot.value::bigint AS amount,
           a.fiscal_year || ' Q' || a.quarter AS for_quarter
    FROM arriving a CROSS JOIN LATERAL jsonb_each_text(a.pots) AS pot
    WHERE a.type IN ('opening_balance_recorded', 'fund_set_aside')
), moved AS (
    SELECT a.event, coalesce(a.loan, a.application) AS subject, a.handed_over_by AS giver, a.council AS taker, a."on",
           a.pot, CASE a.type WHEN 'loan_transferred' THEN 'fund_credits' ELSE 'fund_reserved' END AS place,
           CASE a.type WHEN 'loan_transferred' THEN a.credit ELSE a.reserved END AS amount
    FROM arriving a WHERE a.type IN ('loan_transferred', 'application_transferred')
    UNION ALL
    SELECT a.event, a.council, a.handed_over_by, a.council, a."on", pot.key, 'fund_available', pot.value::bigint
    FROM arriving a CROSS JOIN LATERAL jsonb_each_text(a.pots) AS pot WHERE a.type = 'fund_transferred'
    UNION ALL
    -- Who takes over what a pot is short of gives the other one as much.
    SELECT a.event, a.council, a.council, a.handed_over_by, a."on", pot.key, 'fund_available', pot.value::bigint
    FROM arriving a CROSS JOIN LATERAL jsonb_each_text(a.shortfalls) AS pot WHERE a.type = 'fund_transferred'
), contribution AS (
    SELECT s.event, s.council AS subject, c.indicator, s.council AS area, s."on" AS happened_on, s.pot AS dim1, c.dim2,
           '' AS dim3, s.amount AS value
    FROM split s
    CROSS JOIN LATERAL (VALUES
        ('opening_balance_recorded', 'fund_opening',   ''),
        ('opening_balance_recorded', 'fund_available', ''),
        ('fund_set_aside',           'fund_set_aside', s.for_quarter),
        ('fund_set_aside',           'fund_available', '')
    ) AS c (type, indicator, dim2)
    WHERE c.type = s.type
    UNION ALL
    SELECT a.event, a.council, c.indicator, a.council, a.booked_on, a.pot, '', '', c.value
    FROM booked a
    CROSS JOIN LATERAL (VALUES
        ('application_approved',  'fund_available', -a.amount),
        ('application_approved',  'fund_reserved',  a.amount),
        ('application_withdrawn', 'fund_available', a.released),
        ('application_withdrawn', 'fund_reserved',  -a.released),
        ('application_lapsed',    'fund_available', a.released),
        ('application_lapsed',    'fund_reserved',  -a.released),
        ('loan_disbursed',        'fund_reserved',  -a.principal),
        ('loan_disbursed',        'fund_disbursed', a.principal),
        ('disbursement_voided',   'fund_disbursed', -a.principal),
        ('disbursement_voided',   CASE a.goes_to WHEN 'reserved' THEN 'fund_reserved' ELSE 'fund_available' END,
                                                    a.principal),
        ('repayment_recorded',    'fund_available', a.amount),
        ('repayment_recorded',    'fund_repaid',    a.amount),
        ('repayment_reversed',    'fund_available', -a.amount),
        ('repayment_reversed',    'fund_repaid',    -a.amount),
        ('credit_refunded',       'fund_credits',   -a.amount),
        ('credit_refunded',       'fund_refunded',  a.amount),
        ('recovery_recorded',     'fund_available', a.amount),
        ('recovery_recorded',     'fund_recovered', a.amount),
        ('recovery_reversed',     'fund_available', -a.amount),
        ('recovery_reversed',     'fund_recovered', -a.amount)
    ) AS c (type, indicator, value)
    WHERE c.type = a.type
    UNION ALL
    SELECT m.event, m.subject, c.indicator, c.council, m."on", m.pot, '', '', c.value
    FROM moved m
    CROSS JOIN LATERAL (VALUES
        (m.place,            m.giver, -m.amount),
        (m.place,            m.taker, m.amount),
        ('fund_handed_over', m.giver, m.amount),
        ('fund_taken_over',  m.taker, m.amount)
    ) AS c (indicator, council, value)
    WHERE m.giver <> m.taker AND m.amount <> 0
)""",  # noqa: S608 - fixed parts, no input
)
