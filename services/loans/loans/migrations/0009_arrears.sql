-- What is late, what is given up, and what is put off.

-- A loan's terms: those of its contract (revision 0), which stay, and those of each rescheduling. The first instalment
-- of a revision is what had been paid by then, if anything was, so that its amounts too sum to the principal.
CREATE TABLE reschedule (
    loan        uuid NOT NULL REFERENCES loan,
    revision    smallint NOT NULL CHECK (revision > 0),
    "on"        date NOT NULL,
    outstanding bigint NOT NULL CHECK (outstanding > 0),
    reason_code text NOT NULL,
    instrument  text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (loan, revision)
);
CREATE TRIGGER reschedule_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON reschedule EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON reschedule FROM :runtime;
ALTER TABLE instalment
    DROP CONSTRAINT instalment_pkey,
    ADD COLUMN revision smallint NOT NULL DEFAULT 0,
    ADD PRIMARY KEY (loan, revision, number);

-- Days that were closed, and when each loan came into another bucket of lateness, as it was known that night.
CREATE TABLE closed_day (
    council     uuid NOT NULL REFERENCES fund,
    "on"        date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (council, "on")
);
CREATE TABLE pot_arrears (
    council     uuid NOT NULL,
    pot         text NOT NULL,
    "on"        date NOT NULL,
    loans       integer NOT NULL,
    outstanding bigint NOT NULL,
    overdue     bigint NOT NULL,
    at_risk     bigint NOT NULL,                        -- more than 30 days late, or rescheduled
    PRIMARY KEY (council, pot, "on"),
    FOREIGN KEY (council, pot) REFERENCES pot,
    FOREIGN KEY (council, "on") REFERENCES closed_day
);
CREATE TABLE loan_ageing (
    loan        uuid NOT NULL REFERENCES loan,
    "on"        date NOT NULL,
    bucket      smallint NOT NULL CHECK (bucket >= 0),  -- the least days late of the bucket; 0 is in time
    days_late   integer NOT NULL CHECK (days_late >= 0),
    overdue     bigint NOT NULL,
    outstanding bigint NOT NULL,
    PRIMARY KEY (loan, "on")
);
CREATE TRIGGER closed_day_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON closed_day EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pot_arrears_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON pot_arrears
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER loan_ageing_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON loan_ageing
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON closed_day, pot_arrears, loan_ageing FROM :runtime;

-- Given up, by two persons; what still comes in of it is a recovery and goes to the pot.
INSERT INTO account_kind (kind, book, normal, of) VALUES ('written_off', 'loans', 'debit', 'loan');
CREATE TABLE write_off (
    loan         uuid PRIMARY KEY REFERENCES loan,
    requested_on date NOT NULL,
    requested_by text NOT NULL,
    reason_code  text NOT NULL,
    instrument   text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    "on"         date,
    amount       bigint CHECK (amount > 0),
    approved_by  text,
    CONSTRAINT write_off_by_two CHECK (approved_by <> requested_by),
    CONSTRAINT write_off_whole CHECK (num_nulls("on", amount, approved_by) IN (0, 3))
);
REVOKE DELETE, TRUNCATE ON write_off FROM :runtime;
ALTER TABLE loan
    DROP CONSTRAINT loan_state_check,
    ADD CONSTRAINT loan_state_check CHECK (state IN ('active', 'repaid', 'void', 'written_off', 'recovered')),
    ADD COLUMN written_off_on date CHECK (written_off_on >= "on"),
    ADD CONSTRAINT written_off_has_a_day
        CHECK ((state IN ('written_off', 'recovered')) = (written_off_on IS NOT NULL));
ALTER TABLE repayment
    ADD COLUMN kind text NOT NULL DEFAULT 'repayment' CHECK (kind IN ('repayment', 'recovery'));
CREATE INDEX owing_loan_by_group ON loan ("group") WHERE state IN ('active', 'written_off');

-- How each loan that is not repaid stands at the end of a day, as known now. What is paid pays the oldest due first,
-- so that it is late by what fell due before that day and is not covered by it.
CREATE FUNCTION loans_on(as_of date)
RETURNS TABLE (loan uuid, outstanding bigint, overdue bigint, days_late integer, rescheduled boolean)
LANGUAGE sql STABLE AS $$
    SELECT l.loan, l.principal - least(l.principal, paid.amount), late.amount,
           coalesce(as_of - late.since, 0), terms.revision > 0
    FROM loan l
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.amount), 0)::bigint AS amount
        FROM repayment r LEFT JOIN repayment_reversal v USING (repayment)
        WHERE r.loan = l.loan AND r.kind = 'repayment' AND r."on" <= as_of
          AND (v.value_on IS NULL OR v.value_on > as_of)
    ) paid
    CROSS JOIN LATERAL (
        SELECT coalesce(max(revision), 0) AS revision FROM reschedule s WHERE s.loan = l.loan AND s."on" <= as_of
    ) terms
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(least(i.amount, i.upto - paid.amount)), 0)::bigint AS amount, min(i.due_on) AS since
        FROM (
            SELECT due_on, amount, sum(amount) OVER (ORDER BY number) AS upto
            FROM instalment WHERE loan = l.loan AND revision = terms.revision
        ) i
        WHERE i.due_on < as_of AND i.upto > paid.amount
    ) late
    WHERE l."on" <= as_of AND paid.amount < l.principal
      AND (l.voided_on IS NULL OR l.voided_on > as_of)
      AND (l.written_off_on IS NULL OR l.written_off_on > as_of)
$$;
