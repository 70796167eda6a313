"""Figures of loans, by pot, where the group is."""

from reports import foreign
from reports.figures.definition import Definition

DEFINITION = Definition(
    name="loans",
    reads={
        "loans": {
            "application_submitted": foreign.ApplicationSubmitted,
            "application_approved": foreign.ApplicationApproved,
            "application_rejected": foreign.ApplicationRejected,
            "loan_disbursed": foreign.LoanDisbursed,
            "repayment_recorded": foreign.RepaymentRecorded,
        }
    },
    sql="""
contribution AS (
    SELECT a.event, coalesce(a.loan, a.application) AS subject, c.indicator, coalesce(a.ward, a.council) AS area,
           a."on" AS happened_on, a.pot AS dim1, c.dim2, '' AS dim3, c.value
    FROM arriving a
    CROSS JOIN LATERAL (VALUES
        ('application_submitted', 'loans_applied',          '',                          1),
        ('application_submitted', 'loans_applied_amount',   '',                          a.amount),
        ('application_approved',  'loans_granted',          '',                          1),
        ('application_approved',  'loans_granted_amount',   '',                          a.amount),
        ('application_rejected',  'loans_rejected',         coalesce(a.reason_code, ''), 1),
        ('loan_disbursed',        'loans_disbursed',        '',                          1),
        ('loan_disbursed',        'loans_disbursed_amount', '',                          a.principal),
        ('loan_disbursed',        'loans_outstanding',      '',                          a.principal),
        ('repayment_recorded',    'loans_repaid_amount',    '',                          a.amount),
        ('repayment_recorded',    'loans_outstanding',      '',                          -a.principal)
    ) AS c (type, indicator, dim2, value)
    WHERE c.type = a.type
)""",
)

RUNNING = Definition(
    name="loans_running",
    looks_back=True,
    reads={"loans": {"loan_disbursed": foreign.LoanDisbursed, "loan_repaid": foreign.LoanRepaid}},
    sql="""
disbursed AS (
    SELECT DISTINCT ON (loan) * FROM arriving WHERE type = 'loan_disbursed' ORDER BY loan, position
), repaid AS (
    SELECT DISTINCT ON (loan) * FROM arriving WHERE type = 'loan_repaid' ORDER BY loan, position
), touched AS (
    SELECT DISTINCT loan FROM arriving
), held AS (
    SELECT known.* FROM known_loan known JOIN touched USING (loan) WHERE known.slot = %(slot)s
), become AS (
    SELECT t.loan, coalesce(h.pot, d.pot) AS pot, coalesce(h.area, d.ward, d.council) AS area,
           coalesce(h.disbursed_on, d."on") AS disbursed_on, d.event AS disbursed_event,
           coalesce(h.repaid_on, r."on") AS repaid_on, r.event AS repaid_event
    FROM touched t
    LEFT JOIN held h USING (loan)
    LEFT JOIN disbursed d USING (loan)
    LEFT JOIN repaid r USING (loan)
), told AS (
    SELECT 1 AS sign, loan, pot, area, disbursed_on, disbursed_event, repaid_on, repaid_event FROM become
    UNION ALL
    SELECT -1, loan, pot, area, disbursed_on, NULL, repaid_on, NULL FROM held
), contribution AS (
    SELECT c.event, t.loan AS subject, c.indicator, t.area, c.happened_on, t.pot AS dim1, '' AS dim2, '' AS dim3,
           t.sign * c.value AS value
    FROM told t
    CROSS JOIN LATERAL (VALUES
        ('loans_running',   t.disbursed_on, 1,  t.disbursed_event),
        ('loans_running',   t.repaid_on,    -1, t.repaid_event),
        ('loans_completed', t.repaid_on,    1,  t.repaid_event)
    ) AS c (indicator, happened_on, value, event)
    WHERE c.happened_on IS NOT NULL
)""",
    keeps="""
    INSERT INTO known_loan (slot, loan, pot, area, disbursed_on, repaid_on)
    SELECT %(slot)s, loan, pot, area, disbursed_on, repaid_on FROM become ORDER BY loan
    ON CONFLICT (slot, loan) DO UPDATE SET repaid_on = excluded.repaid_on
    WHERE known_loan.repaid_on IS DISTINCT FROM excluded.repaid_on
""",
)
