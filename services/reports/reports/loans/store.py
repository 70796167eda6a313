"""Figures of loans, by pot, where the group is."""

from reports import foreign
from reports.figures.definition import Definition
from reports.transfers.store import BOOKED, MOVES

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
            **MOVES,
        }
    },
    sql=f"""{BOOKED}, contribution AS (
    SELECT a.event, coalesce(a.loan, a.application) AS subject, c.indicator, coalesce(a.ward, a.council) AS area,
           a.booked_on AS happened_on, a.pot AS dim1, c.dim2, '' AS dim3, c.value
    FROM booked a
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
)""",  # noqa: S608 - fixed parts, no input
)

# What needs the whole life of a loan: whether it runs, what was paid too much (which no event tells by day: a payment
# known late moves what later ones paid), and what a loan that is late still owes. A loan that other councils have taken
# over, or that went with its ward into another one, has stays: 0 where it was paid out, 1 after its first move.
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
            **MOVES,
        }
    },
    sql=f"""{BOOKED}, ordered AS (
    SELECT *, count(*) FILTER (WHERE type = 'loan_transferred') OVER (PARTITION BY loan ORDER BY position) AS stay
    FROM booked WHERE loan IS NOT NULL ORDER BY loan, position
), fresh AS (
    SELECT loan, max(pot) AS pot,
           -- Where it was first: it may go to another council in the midst of a batch, or between two.
           (array_agg(coalesce(handed_over_by, council)))[1] AS council,
           (array_agg(coalesce(ward, council)))[1] AS area,
           max(principal) FILTER (WHERE type = 'loan_disbursed') AS principal,
           min(booked_on) FILTER (WHERE type = 'loan_disbursed') AS disbursed_on,
           min(booked_on) FILTER (WHERE type = 'disbursement_voided') AS voided_on,
           min(booked_on) FILTER (WHERE type = 'loan_written_off') AS written_off_on,
           min(position) FILTER (WHERE type = 'loan_written_off') AS written_off_at,
           min(booked_on) FILTER (WHERE type = 'loan_rescheduled') AS rescheduled_on,
           coalesce(sum(amount) FILTER (WHERE type = 'repayment_recorded'), 0)::bigint AS came_in,
           coalesce(array_agg(booked_on) FILTER (WHERE type IN ('repayment_recorded', 'repayment_reversed')), '{{}}')
               AS paid_on,
           coalesce(array_agg(stay) FILTER (WHERE type IN ('repayment_recorded', 'repayment_reversed')), '{{}}')
               AS paid_stay,
           coalesce(array_agg(CASE type WHEN 'repayment_recorded' THEN amount ELSE -amount END)
                        FILTER (WHERE type IN ('repayment_recorded', 'repayment_reversed')), '{{}}') AS paid,
           coalesce(array_agg("on") FILTER (WHERE type = 'arrears_changed'), '{{}}') AS late_on,
           coalesce(array_agg(bucket) FILTER (WHERE type = 'arrears_changed'), '{{}}') AS late_bucket,
           coalesce(array_agg(overdue) FILTER (WHERE type = 'arrears_changed'), '{{}}') AS late_overdue,
           coalesce(array_agg("on") FILTER (WHERE type = 'loan_transferred'), '{{}}') AS moved_on,
           coalesce(array_agg(council) FILTER (WHERE type = 'loan_transferred'), '{{}}') AS moved_to,
           coalesce(array_agg(coalesce(ward, council)) FILTER (WHERE type = 'loan_transferred'), '{{}}') AS moved_into
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
           coalesce(h.paid_on, '{{}}') || f.paid_on AS paid_on, coalesce(h.paid, '{{}}') || f.paid AS paid,
           coalesce(h.late_on, '{{}}') || f.late_on AS late_on,
           coalesce(h.late_bucket, '{{}}') || f.late_bucket AS late_bucket,
           coalesce(h.late_overdue, '{{}}') || f.late_overdue AS late_overdue,
           coalesce(cardinality(h.moved_on), 0) AS stays_before,
           coalesce(h.paid_stay, '{{}}') || CASE WHEN coalesce(cardinality(h.moved_on), 0) = 0 THEN f.paid_stay
               ELSE (SELECT coalesce(array_agg(p.stay + cardinality(h.moved_on) ORDER BY p.nth), '{{}}')
                     FROM unnest(f.paid_stay) WITH ORDINALITY AS p (stay, nth)) END AS paid_stay,
           coalesce(h.moved_on, '{{}}') || f.moved_on AS moved_on,
           coalesce(h.moved_to, '{{}}') || f.moved_to AS moved_to,
           coalesce(h.moved_into, '{{}}') || f.moved_into AS moved_into
    FROM fresh f LEFT JOIN held h USING (loan)
), special AS (
    -- The few loans that take more than adding up: paid too much at some time, late, or put off.
    SELECT 1 AS sign, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on, rescheduled_on,
           paid_on, paid, paid_stay, late_on, late_bucket, late_overdue, moved_on, moved_to, moved_into
    FROM become WHERE came_in > principal OR cardinality(late_on) > 0 OR rescheduled_on IS NOT NULL
    UNION ALL
    SELECT -1, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on, rescheduled_on,
           paid_on, paid, paid_stay, late_on, late_bucket, late_overdue, moved_on, moved_to, moved_into
    FROM held WHERE came_in > principal OR cardinality(late_on) > 0 OR rescheduled_on IS NOT NULL
), seen AS (
    SELECT DISTINCT ON (a.loan, a.booked_on) a.loan, a.booked_on, a.event
    FROM booked a WHERE a.loan IN (SELECT loan FROM special) ORDER BY a.loan, a.booked_on, a.position DESC
), stood AS (
    -- From each of its days on: what was paid too much, what is owed, and how late it is.
    SELECT s.sign, s.loan, s.pot, p.stay, p.day,
           CASE p.stay WHEN 0 THEN s.council ELSE s.moved_to[p.stay] END AS council,
           CASE p.stay WHEN 0 THEN s.area ELSE s.moved_into[p.stay] END AS area,
           greatest(0, p.paid - coalesce(s.principal, 0))::bigint AS over,
           CASE WHEN p.day >= s.written_off_on THEN 0 ELSE greatest(0, p.lent - p.paid) END::bigint AS owed,
           coalesce(l.bucket, 0) AS bucket, coalesce(l.overdue, 0) AS overdue,
           coalesce(p.day >= s.rescheduled_on, false) AS put_off
    FROM special s
    CROSS JOIN LATERAL (
        SELECT point.stay, point.day, sum(sum(point.lent)) OVER upto AS lent, sum(sum(point.amount)) OVER upto AS paid
        FROM (
            SELECT CASE cardinality(s.moved_on) WHEN 0 THEN 0
                        ELSE (SELECT count(*) FROM unnest(s.moved_on) AS m ("on") WHERE m."on" <= turn.day) END AS stay,
                   turn.day, turn.lent, 0::bigint AS amount
            FROM (
                VALUES (s.disbursed_on, coalesce(s.principal, 0)), (s.voided_on, -coalesce(s.principal, 0)),
                       (s.written_off_on, 0), (s.rescheduled_on, 0)
                UNION ALL
                SELECT late.day, 0 FROM unnest(s.late_on) AS late (day)
                UNION ALL
                SELECT move.day, 0 FROM unnest(s.moved_on) AS move (day)
            ) AS turn (day, lent)
            UNION ALL
            SELECT paid.stay, paid.day, 0, paid.amount
            FROM unnest(s.paid_stay, s.paid_on, s.paid) AS paid (stay, day, amount)
        ) AS point
        WHERE point.day IS NOT NULL GROUP BY point.stay, point.day WINDOW upto AS (ORDER BY point.stay, point.day)
    ) AS p
    LEFT JOIN LATERAL (
        SELECT u.bucket, u.overdue
        FROM unnest(s.late_on, s.late_bucket, s.late_overdue) WITH ORDINALITY AS u (day, bucket, overdue, nth)
        WHERE u.day <= p.day ORDER BY u.day DESC, u.nth DESC LIMIT 1
    ) AS l ON true
), paid_over AS (
    -- What is paid too much belongs to the council where it was paid; `fund` hands on what is held when a loan moves.
    SELECT s.sign, s.loan, s.day, s.pot, s.council, s.area, s.over - coalesce(lag(s.over) OVER earlier, 0) AS more
    FROM stood s WINDOW earlier AS (PARTITION BY s.sign, s.loan ORDER BY s.stay, s.day)
), change AS (
    -- What a loan is from a day on, and what it then no longer is.
    SELECT sign, loan, day, pot, area, owed, bucket, overdue, put_off FROM stood
    UNION ALL
    SELECT -sign, loan, lead(day) OVER next, pot, area, owed, bucket, overdue, put_off
    FROM stood WINDOW next AS (PARTITION BY sign, loan ORDER BY stay, day)
), went AS (
    -- A loan whose ward was merged into another one, or that another ward took over, is counted there.
    SELECT a.event, a.loan, a.pot, a."on", a.outstanding, coalesce(a.ward, a.council) AS there,
           CASE WHEN b.stays_before + a.stay = 1 THEN b.area ELSE b.moved_into[b.stays_before + a.stay - 1] END AS here
    FROM ordered a JOIN become b USING (loan) WHERE a.type = 'loan_transferred'
), contribution AS (
    SELECT a.event, a.loan AS subject, c.indicator, coalesce(a.ward, a.council) AS area, c.happened_on, a.pot AS dim1,
           c.dim2, '' AS dim3, c.value
    FROM booked a
    CROSS JOIN LATERAL (VALUES
        ('loan_disbursed',      'loans_running',   '', a.booked_on, 1),
        ('disbursement_voided', 'loans_running',   '', a.booked_on, -1),
        ('loan_repaid',         'loans_running',   '', a.booked_on, -1),
        ('loan_repaid',         'loans_completed', '', a.booked_on, 1),
        ('loan_written_off',    'loans_running',   '', a.booked_on, -1)
    ) AS c (type, indicator, dim2, happened_on, value)
    WHERE c.type = a.type
    UNION ALL
    -- After a write-off a loan that is opened again does not run, and what a reversal lays bare is written off too.
    SELECT a.event, a.loan, c.indicator, coalesce(a.ward, a.council), c.happened_on, a.pot, '', '', c.value
    FROM booked a
    JOIN become b USING (loan)
    CROSS JOIN LATERAL (VALUES
        ('loan_reopened',      false, 'loans_running',            a.booked_on, 1),
        ('loan_reopened',      false, 'loans_completed',          a.booked_on, -1),
        ('repayment_reversed', true,  'loans_outstanding',
            greatest(a.booked_on, b.written_off_on), -a.principal),
        ('repayment_reversed', true,  'loans_written_off_amount',
            greatest(a.booked_on, b.written_off_on), a.principal)
    ) AS c (type, given_up, indicator, happened_on, value)
    WHERE a.type IN ('loan_reopened', 'repayment_reversed') AND c.type = a.type
      AND c.given_up = coalesce(a.position > b.written_off_at, false)
    UNION ALL
    SELECT w.event, w.loan, c.indicator, c.area, w."on", w.pot, '', '', c.value
    FROM went w
    CROSS JOIN LATERAL (VALUES
        ('loans_outstanding', w.here,  -w.outstanding),
        ('loans_outstanding', w.there, w.outstanding),
        ('loans_running',     w.here,  -1),
        ('loans_running',     w.there, 1)
    ) AS c (indicator, area, value)
    WHERE w.here <> w.there AND w.outstanding > 0
    UNION ALL
    SELECT e.event, t.loan, c.indicator, c.area, t.day, t.pot, '', '', t.sign * c.value
    FROM paid_over t
    LEFT JOIN seen e ON e.loan = t.loan AND e.booked_on = t.day
    CROSS JOIN LATERAL (VALUES
        ('fund_credits',      t.council, t.more),
        ('fund_available',    t.council, -t.more),
        ('loans_outstanding', t.area,    t.more)
    ) AS c (indicator, area, value)
    WHERE t.more <> 0
    UNION ALL
    SELECT e.event, t.loan, c.indicator, t.area, t.day, t.pot, c.dim2, c.dim3, t.sign * c.value
    FROM change t
    LEFT JOIN seen e ON e.loan = t.loan AND e.booked_on = t.day AND t.day IS NOT NULL
    CROSS JOIN LATERAL (VALUES
        ('loans_late',           t.bucket::text, CASE WHEN t.put_off THEN 'put_off' ELSE '' END, 1,
                                 t.owed > 0 AND (t.bucket > 0 OR t.put_off)),
        ('loans_late_amount',    t.bucket::text, CASE WHEN t.put_off THEN 'put_off' ELSE '' END, t.owed,
                                 t.bucket > 0 OR t.put_off),
        ('loans_overdue_amount', t.bucket::text, '', least(t.overdue, t.owed), t.bucket > 0),
        ('loans_at_risk',        '', '', 1, t.owed > 0 AND (t.bucket > 30 OR t.put_off)),
        ('loans_at_risk_amount', '', '', t.owed, t.bucket > 30 OR t.put_off)
    ) AS c (indicator, dim2, dim3, value, counts)
    WHERE t.day IS NOT NULL AND c.counts AND c.value <> 0
)""",  # noqa: S608 - fixed parts, no input
    keeps="""
    INSERT INTO known_loan (slot, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on,
                            rescheduled_on, came_in, paid_on, paid, paid_stay, late_on, late_bucket, late_overdue,
                            moved_on, moved_to, moved_into)
    SELECT %(slot)s, loan, pot, council, area, principal, disbursed_on, voided_on, written_off_on, rescheduled_on,
           came_in, paid_on, paid, paid_stay, late_on, late_bucket, late_overdue, moved_on, moved_to, moved_into
    FROM become ORDER BY loan
    ON CONFLICT (slot, loan) DO UPDATE
    SET principal = excluded.principal, disbursed_on = excluded.disbursed_on, voided_on = excluded.voided_on,
        written_off_on = excluded.written_off_on, rescheduled_on = excluded.rescheduled_on,
        came_in = excluded.came_in, paid_on = excluded.paid_on, paid = excluded.paid, paid_stay = excluded.paid_stay,
        moved_on = excluded.moved_on, moved_to = excluded.moved_to, moved_into = excluded.moved_into,
        late_on = excluded.late_on, late_bucket = excluded.late_bucket, late_overdue = excluded.late_overdue
""",
)
