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
            "application_withdrawn": foreign.ApplicationWithdrawn,
            "application_lapsed": foreign.ApplicationLapsed,
            "loan_disbursed": foreign.LoanDisbursed,
            "disbursement_voided": foreign.DisbursementVoided,
            "repayment_recorded": foreign.RepaymentRecorded,
            "repayment_reversed": foreign.RepaymentReversed,
            "credit_refunded": foreign.CreditRefunded,
            "loan_rescheduled": foreign.LoanRescheduled,
            "loan_written_off": foreign.LoanWrittenOff,
            "recovery_recorded": foreign.RecoveryRecorded,
            "recovery_reversed": foreign.RecoveryReversed,
        }
    },
    sql="""
contribution AS (
    SELECT a.event, coalesce(a.loan, a.application) AS subject, c.indicator, coalesce(a.ward, a.council) AS area,
           a."on" AS happened_on, a.pot AS dim1, c.dim2, '' AS dim3, c.value
    FROM arriving a
    CROSS JOIN LATERAL (VALUES
        ('application_submitted', 'loans_applied',            '',                          1),
        ('application_submitted', 'loans_applied_amount',     '',                          a.amount),
        ('application_approved',  'loans_granted',            '',                          1),
        ('application_approved',  'loans_granted_amount',     '',                          a.amount),
        ('application_rejected',  'loans_rejected',           coalesce(a.reason_code, ''), 1),
        ('application_withdrawn', 'loans_withdrawn',          coalesce(a.reason_code, ''), 1),
        ('application_lapsed',    'loans_lapsed',             '',                          1),
        ('loan_disbursed',        'loans_disbursed',          '',                          1),
        ('loan_disbursed',        'loans_disbursed_amount',   '',                          a.principal),
        ('loan_disbursed',        'loans_outstanding',        '',                          a.principal),
        ('disbursement_voided',   'loans_disbursed',          '',                          -1),
        ('disbursement_voided',   'loans_disbursed_amount',   '',                          -a.principal),
        ('disbursement_voided',   'loans_outstanding',        '',                          -a.principal),
        ('repayment_recorded',    'loans_repaid_amount',      '',                          a.amount),
        ('repayment_recorded',    'loans_outstanding',        '',                          -a.amount),
        ('repayment_reversed',    'loans_repaid_amount',      '',                          -a.amount),
        ('repayment_reversed',    'loans_reversed_amount',    coalesce(a.reason_code, ''), a.amount),
        ('repayment_reversed',    'loans_outstanding',        '',                          a.amount),
        ('credit_refunded',       'loans_refunded_amount',    '',                          a.amount),
        ('loan_rescheduled',      'loans_rescheduled',        coalesce(a.reason_code, ''), 1),
        ('loan_rescheduled',      'loans_rescheduled_amount', coalesce(a.reason_code, ''), a.outstanding),
        ('loan_written_off',      'loans_written_off',        coalesce(a.reason_code, ''), 1),
        ('loan_written_off',      'loans_written_off_amount', '',                          a.amount),
        ('loan_written_off',      'loans_outstanding',        '',                          -a.amount),
        ('recovery_recorded',     'loans_recovered_amount',   '',                          a.amount),
        ('recovery_reversed',     'loans_recovered_amount',   '',                          -a.amount)
    ) AS c (type, indicator, dim2, value)
    WHERE c.type = a.type
)""",
)

# What needs the whole life of a loan: whether it runs, what was paid too much (which no event tells by day: a payment
# known late moves what later ones paid), and what a loan that is late still owes.
LIVES = Definition(
    name="loan_lives",
    looks_back=True,
    reads={
        "loans": {
            "loan_disbursed": foreign.LoanDisbursed,
            "disbursement_voided": foreign.DisbursementVoided,
            "repayment_recorded": foreign.RepaymentRecorded,
            "repayment_reversed": foreign.RepaymentReversed,
            "loan_repaid": foreign.LoanRepaid,
            "loan_reopened": foreign.LoanReopened,
            "loan_written_off": foreign.LoanWrittenOff,
            "loan_rescheduled": foreign.LoanRescheduled,
            "arrears_changed": foreign.ArrearsChanged,
        }
    },
    sql="""
ordered AS (
    SELECT * FROM arriving ORDER BY loan, position
), fresh AS (
    SELECT loan, max(pot) AS pot,
           -- Where it was first: a ward may go to another council in the midst of a batch, or between two.
           (array_agg(council))[1] AS council, (array_agg(coalesce(ward, council)))[1] AS area,
           max(principal) FILTER (WHERE type = 'loan_disbursed') AS principal,
           min("on") FILTER (WHERE type = 'loan_disbursed') AS disbursed_on,
           min("on") FILTER (WHERE type = 'disbursement_voided') AS voided_on,
           min("on") FILTER (WHERE type = 'loan_written_off') AS written_off_on,
           min(position) FILTER (WHERE type = 'loan_written_off') AS written_off_at,
           min("on") FILTER (WHERE type = 'loan_rescheduled') AS rescheduled_on,
           coalesce(sum(amount) FILTER (WHERE type = 'repayment_recorded'), 0)::bigint AS came_in,
           coalesce(array_agg("on") FILTER (WHERE type IN ('repayment_recorded', 'repayment_reversed')), '{}')
               AS paid_on,
           coalesce(array_agg(CASE type WHEN 'repayment_recorded' THEN amount ELSE -amount END)
                        FILTER (WHERE type IN ('repayment_recorded', 'repayment_reversed')), '{}') AS paid,
           coalesce(array_agg("on") FILTER (WHERE type = 'arrears_changed'), '{}') AS late_on,
           coalesce(array_agg(bucket) FILTER (WHERE type = 'arrears_changed'), '{}') AS late_bucket,
           coalesce(array_agg(overdue) FILTER (WHERE type = 'arrears_changed'), '{}') AS late_overdue
    FROM ordered GROUP BY loan
), held AS (
    SELECT known.* FROM known_loan known JOIN fresh USING (loan) WHERE known.slot = %(slot)s
), become AS (
    SELECT loan, coalesce(h.pot, f.pot) AS pot, coalesce(h.council, f.council) AS council,
           coalesce(h.area, f.area) AS area,
           coalesce(h.principal, f.principal) AS principal, coalesce(h.disbursed_on, f.disbursed_on) AS disbursed_on,
           coalesce(h.voided_on, f.voided_on) AS voided_on,
           coalesce(h.written_off_on, f.written_off_on) AS written_off_on,
           CASE WHEN h.written_off_on IS NOT NULL THEN 0 ELSE f.written_off_at END AS written_off_at,
           coalesce(h.rescheduled_on, f.rescheduled_on) AS rescheduled_on,
           coalesce(h.came_in, 0) + f.came_in AS came_in,
           coalesce(h.paid_on, '{}') || f.paid_on AS paid_on, coalesce(h.paid, '{}') || f.paid AS paid,
           coalesce(h.late_on, '{}') || f.late_on AS late_on,
           coalesce(h.late_bucket, '{}') || f.late_bucket AS late_bucket,
           coalesce(h.late_overdue, '{}') || f.late_overdue AS late_overdue
    FROM fresh f LEFT JOIN held h USING (loan)
), special AS (
    -- The few loans that take more than adding up: paid too much at some time, late, or put off.
    SELECT 1 AS sign, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on, rescheduled_on,
           paid_on, paid, late_on, late_bucket, late_overdue
    FROM become WHERE came_in > principal OR cardinality(late_on) > 0 OR rescheduled_on IS NOT NULL
    UNION ALL
    SELECT -1, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on, rescheduled_on,
           paid_on, paid, late_on, late_bucket, late_overdue
    FROM held WHERE came_in > principal OR cardinality(late_on) > 0 OR rescheduled_on IS NOT NULL
), seen AS (
    SELECT DISTINCT ON (a.loan, a."on") a.loan, a."on", a.event
    FROM arriving a WHERE a.loan IN (SELECT loan FROM special) ORDER BY a.loan, a."on", a.position DESC
), stood AS (
    -- From each of its days on: what was paid too much, what is owed, and how late it is.
    SELECT s.sign, s.loan, s.pot, s.council, s.area, p.day,
           greatest(0, p.paid - coalesce(s.principal, 0))::bigint AS over,
           CASE WHEN p.day >= s.written_off_on THEN 0 ELSE greatest(0, p.lent - p.paid) END::bigint AS owed,
           coalesce(l.bucket, 0) AS bucket, coalesce(l.overdue, 0) AS overdue,
           coalesce(p.day >= s.rescheduled_on, false) AS put_off
    FROM special s
    CROSS JOIN LATERAL (
        SELECT point.day, sum(sum(point.lent)) OVER upto AS lent, sum(sum(point.amount)) OVER upto AS paid
        FROM (
            VALUES (s.disbursed_on, coalesce(s.principal, 0), 0::bigint), (s.voided_on, -coalesce(s.principal, 0), 0),
                   (s.written_off_on, 0, 0), (s.rescheduled_on, 0, 0)
            UNION ALL
            SELECT late.day, 0, 0 FROM unnest(s.late_on) AS late (day)
            UNION ALL
            SELECT paid.day, 0, paid.amount FROM unnest(s.paid_on, s.paid) AS paid (day, amount)
        ) AS point (day, lent, amount)
        WHERE point.day IS NOT NULL GROUP BY point.day WINDOW upto AS (ORDER BY point.day)
    ) AS p
    LEFT JOIN LATERAL (
        SELECT u.bucket, u.overdue
        FROM unnest(s.late_on, s.late_bucket, s.late_overdue) WITH ORDINALITY AS u (day, bucket, overdue, nth)
        WHERE u.day <= p.day ORDER BY u.day DESC, u.nth DESC LIMIT 1
    ) AS l ON true
), change AS (
    -- What a loan is from a day on, and what it then no longer is.
    SELECT sign, loan, day, pot, council, area, over, owed, bucket, overdue, put_off FROM stood
    UNION ALL
    SELECT -sign, loan, lead(day) OVER next, pot, council, area, over, owed, bucket, overdue, put_off
    FROM stood WINDOW next AS (PARTITION BY sign, loan ORDER BY day)
), contribution AS (
    SELECT a.event, a.loan AS subject, c.indicator, coalesce(a.ward, a.council) AS area, c.happened_on, a.pot AS dim1,
           c.dim2, '' AS dim3, c.value
    FROM arriving a
    CROSS JOIN LATERAL (VALUES
        ('loan_disbursed',      'loans_running',   '', a."on", 1),
        ('disbursement_voided', 'loans_running',   '', a."on", -1),
        ('loan_repaid',         'loans_running',   '', a."on", -1),
        ('loan_repaid',         'loans_completed', '', a."on", 1),
        ('loan_written_off',    'loans_running',   '', a."on", -1)
    ) AS c (type, indicator, dim2, happened_on, value)
    WHERE c.type = a.type
    UNION ALL
    -- After a write-off a loan that is opened again does not run, and what a reversal lays bare is written off too.
    SELECT a.event, a.loan, c.indicator, coalesce(a.ward, a.council), c.happened_on, a.pot, '', '', c.value
    FROM arriving a
    JOIN become b USING (loan)
    CROSS JOIN LATERAL (VALUES
        ('loan_reopened',      false, 'loans_running',            a."on", 1),
        ('loan_reopened',      false, 'loans_completed',          a."on", -1),
        ('repayment_reversed', true,  'loans_outstanding',        greatest(a."on", b.written_off_on), -a.principal),
        ('repayment_reversed', true,  'loans_written_off_amount', greatest(a."on", b.written_off_on), a.principal)
    ) AS c (type, given_up, indicator, happened_on, value)
    WHERE a.type IN ('loan_reopened', 'repayment_reversed') AND c.type = a.type
      AND c.given_up = coalesce(a.position > b.written_off_at, false)
    UNION ALL
    SELECT e.event, t.loan, c.indicator, c.area, t.day, t.pot, c.dim2, c.dim3, t.sign * c.value
    FROM change t
    LEFT JOIN seen e ON e.loan = t.loan AND e."on" = t.day AND t.day IS NOT NULL
    CROSS JOIN LATERAL (VALUES
        ('fund_credits',         t.council, '', '', t.over, true),
        ('fund_available',       t.council, '', '', -t.over, true),
        ('loans_outstanding',    t.area,    '', '', t.over, true),
        ('loans_late',           t.area,    t.bucket::text, CASE WHEN t.put_off THEN 'put_off' ELSE '' END, 1,
                                            t.owed > 0 AND (t.bucket > 0 OR t.put_off)),
        ('loans_late_amount',    t.area,    t.bucket::text, CASE WHEN t.put_off THEN 'put_off' ELSE '' END, t.owed,
                                            t.bucket > 0 OR t.put_off),
        ('loans_overdue_amount', t.area,    t.bucket::text, '', least(t.overdue, t.owed), t.bucket > 0),
        ('loans_at_risk',        t.area,    '', '', 1, t.owed > 0 AND (t.bucket > 30 OR t.put_off)),
        ('loans_at_risk_amount', t.area,    '', '', t.owed, t.bucket > 30 OR t.put_off)
    ) AS c (indicator, area, dim2, dim3, value, counts)
    WHERE t.day IS NOT NULL AND c.counts AND c.value <> 0
)""",
    keeps="""
    INSERT INTO known_loan (slot, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on,
                            rescheduled_on, came_in, paid_on, paid, late_on, late_bucket, late_overdue)
    SELECT %(slot)s, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on, rescheduled_on,
           came_in, paid_on, paid, late_on, late_bucket, late_overdue
    FROM become ORDER BY loan
    ON CONFLICT (slot, loan) DO UPDATE
    SET principal = excluded.principal, disbursed_on = excluded.disbursed_on, voided_on = excluded.voided_on,
        written_off_on = excluded.written_off_on, rescheduled_on = excluded.rescheduled_on,
        came_in = excluded.came_in, paid_on = excluded.paid_on, paid = excluded.paid,
        late_on = excluded.late_on, late_bucket = excluded.late_bucket, late_overdue = excluded.late_overdue
""",
)
