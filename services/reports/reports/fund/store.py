"""The fund of each council: its set-asides, and where its money stands, pot by pot.

Every event moves as much into one place of the law of the pot as out of another, so that opening + set-asides +
repayments + recoveries = available + reserved + credits + disbursed + refunded on each day. What a loan was paid too
much is moved from available to credits by `loans.store.LIVES`, which knows each loan's payments.
"""

from reports import foreign
from reports.figures.definition import Definition

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
        }
    },
    # All of it stands with the council, whose special account it is. `fund_available` below nothing is a shortfall.
    sql="""
split AS (
    SELECT a.event, a.type, a.council, a."on", pot.key AS pot, pot.value::bigint AS amount,
           a.fiscal_year || ' Q' || a.quarter AS for_quarter
    FROM arriving a CROSS JOIN LATERAL jsonb_each_text(a.pots) AS pot
    WHERE a.type IN ('opening_balance_recorded', 'fund_set_aside')
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
    SELECT a.event, a.council, c.indicator, a.council, a."on", a.pot, '', '', c.value
    FROM arriving a
    CROSS JOIN LATERAL (VALUES
        ('application_approved',  'fund_available', -a.amount),
        ('application_approved',  'fund_reserved',  a.amount),
        ('application_withdrawn', 'fund_available', a.released),
        ('application_withdrawn', 'fund_reserved',  -a.released),
        ('application_lapsed',    'fund_available', a.released),
        ('application_lapsed',    'fund_reserved',  -a.released),
        ('loan_disbursed',        'fund_reserved',  -a.principal),
        ('disbursement_voided',   CASE a.goes_to WHEN 'reserved' THEN 'fund_reserved' ELSE 'fund_available' END,
                                                    a.principal),
        ('repayment_recorded',    'fund_available', a.amount),
        ('repayment_reversed',    'fund_available', -a.amount),
        ('credit_refunded',       'fund_credits',   -a.amount),
        ('recovery_recorded',     'fund_available', a.amount),
        ('recovery_reversed',     'fund_available', -a.amount)
    ) AS c (type, indicator, value)
    WHERE c.type = a.type
)""",
)
