-- Corrections: opposite facts beside the facts that they undo, and quarters whose books are closed.

CREATE TABLE closed_quarter (
    council     uuid NOT NULL REFERENCES fund,
    fiscal_year text NOT NULL CHECK (fiscal_year ~ '^\d{4}/\d{2}$'),
    quarter     smallint NOT NULL CHECK (quarter BETWEEN 1 AND 4),
    begins      date NOT NULL,
    ends        date NOT NULL,
    "on"        date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (council, ends),
    CONSTRAINT quarter_is_over CHECK (begins < ends AND ends < "on")
);
CREATE TRIGGER closed_quarter_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON closed_quarter
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON closed_quarter FROM :runtime;

-- Nothing is dated into a closed quarter, whoever writes it. Whoever closes one holds the council's pots: wait for
-- them first, so that a fact of the same moment is either before the closing or refused.
CREATE FUNCTION require_open_quarter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    PERFORM 1 FROM pot WHERE council = NEW.council ORDER BY pot FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM closed_quarter WHERE council = NEW.council AND ends >= NEW."on") THEN
        RAISE EXCEPTION 'a % of % would lie in a closed quarter', TG_TABLE_NAME, NEW."on"
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quarter_is_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_in_open_quarter BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION require_open_quarter();
CREATE TRIGGER set_aside_in_open_quarter BEFORE INSERT ON set_aside
    FOR EACH ROW EXECUTE FUNCTION require_open_quarter();
CREATE TRIGGER application_in_open_quarter BEFORE INSERT ON application
    FOR EACH ROW EXECUTE FUNCTION require_open_quarter();
CREATE TRIGGER loan_in_open_quarter BEFORE INSERT ON loan FOR EACH ROW EXECUTE FUNCTION require_open_quarter();
CREATE TRIGGER repayment_in_open_quarter BEFORE INSERT ON repayment
    FOR EACH ROW EXECUTE FUNCTION require_open_quarter();

-- What happened on a day whose quarter is closed is booked later, as an adjustment that names that day.
ALTER TABLE entry ADD COLUMN relates_to date CHECK (relates_to < "on");
ALTER TABLE set_aside ADD COLUMN relates_to date CHECK (relates_to < "on");
ALTER TABLE repayment ADD COLUMN relates_to date CHECK (relates_to < "on");

-- What one fact moves on other days, and what falls short or is covered by it, are several entries of one document.
DROP INDEX entry_once_per_document;
CREATE UNIQUE INDEX entry_once_per_document ON entry (document, kind, pot)
    WHERE kind NOT IN ('reallocation', 'shortfall');

-- What the pots held before these books began: once for each council.
CREATE TABLE opening_balance (
    council     uuid PRIMARY KEY REFERENCES fund,
    opening     uuid NOT NULL UNIQUE,
    "on"        date NOT NULL,
    women       bigint NOT NULL CHECK (women >= 0),
    youth       bigint NOT NULL CHECK (youth >= 0),
    pwd         bigint NOT NULL CHECK (pwd >= 0),
    instrument  text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);
CREATE TRIGGER opening_balance_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON opening_balance
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON opening_balance FROM :runtime;

-- A payment is reversed once. `value_on` is the day from which it no longer counts: its own, or the day of the
-- reversal where its own lies in a closed quarter.
CREATE TABLE repayment_reversal (
    repayment   uuid PRIMARY KEY REFERENCES repayment,
    loan        uuid NOT NULL REFERENCES loan,
    "on"        date NOT NULL,
    value_on    date NOT NULL,
    reason_code text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);
CREATE INDEX repayment_reversal_of_loan ON repayment_reversal (loan);
CREATE TRIGGER repayment_reversal_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON repayment_reversal
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON repayment_reversal FROM :runtime;

-- Which receipt and bank reference stand for which payment. A payment that was entered wrongly gives its papers
-- free, so that it can be entered as it was.
CREATE TABLE repayment_paper (
    repayment   uuid PRIMARY KEY REFERENCES repayment,
    council     uuid NOT NULL,
    receipt_key text NOT NULL,
    bank_key    text NOT NULL,
    CONSTRAINT receipt_number_in_use_once_in_council UNIQUE (council, receipt_key),
    CONSTRAINT bank_reference_in_use_once UNIQUE (bank_key)
);
INSERT INTO repayment_paper (repayment, council, receipt_key, bank_key)
SELECT repayment, council, receipt_key, bank_key FROM repayment;
ALTER TABLE repayment DROP CONSTRAINT receipt_number_once_in_council, DROP CONSTRAINT bank_reference_once;
REVOKE UPDATE, TRUNCATE ON repayment_paper FROM :runtime;

CREATE TABLE refund (
    refund         uuid PRIMARY KEY,
    loan           uuid NOT NULL REFERENCES loan,
    "on"           date NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    bank_reference text NOT NULL,
    bank_key       text NOT NULL GENERATED ALWAYS AS (upper(regexp_replace(bank_reference, '\s', '', 'g'))) STORED,
    recorded_at    timestamptz NOT NULL,
    recorded_by    text NOT NULL,
    CONSTRAINT refund_reference_once UNIQUE (bank_key)
);
CREATE INDEX refund_of_loan ON refund (loan);
CREATE TRIGGER refund_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON refund EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON refund FROM :runtime;

-- A disbursement that the bank sent back: its application may be paid out again, by another loan.
ALTER TABLE loan
    DROP CONSTRAINT loan_state_check,
    ADD CONSTRAINT loan_state_check CHECK (state IN ('active', 'repaid', 'void')),
    ADD COLUMN voided_on date CHECK (voided_on >= "on"),
    ADD CONSTRAINT void_has_a_day CHECK ((state = 'void') = (voided_on IS NOT NULL)),
    DROP CONSTRAINT loan_application_key;
CREATE UNIQUE INDEX one_loan_per_application ON loan (application) WHERE state <> 'void';
CREATE TABLE disbursement_void (
    loan        uuid PRIMARY KEY REFERENCES loan,
    "on"        date NOT NULL,
    goes_to     text NOT NULL CHECK (goes_to IN ('reserved', 'available')),
    reason_code text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);
CREATE TRIGGER disbursement_void_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON disbursement_void
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_void FROM :runtime;

ALTER TABLE application
    DROP CONSTRAINT application_status_check,
    ADD CONSTRAINT application_status_check CHECK (status IN (
        'submitted', 'approved', 'rejected', 'disbursed', 'closed', 'withdrawn', 'lapsed')),
    DROP CONSTRAINT live_until_ended,
    ADD CONSTRAINT live_until_ended CHECK (live = (status NOT IN ('rejected', 'closed', 'withdrawn', 'lapsed')));
-- Paying out can be taken back and done again; every other step is taken once.
ALTER TABLE application_step
    DROP CONSTRAINT application_step_pkey,
    ADD COLUMN place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
CREATE UNIQUE INDEX application_step_once ON application_step (application, step)
    WHERE step NOT IN ('disbursed', 'disbursement_voided');
CREATE INDEX application_step_of_application ON application_step (application);
