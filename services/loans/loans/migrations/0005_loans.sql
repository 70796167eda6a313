-- References are kept as typed; the same one in other letters or spaces is the same one.
CREATE TABLE loan (
    loan           uuid PRIMARY KEY,
    reference      text NOT NULL UNIQUE,
    application    uuid NOT NULL UNIQUE REFERENCES application,
    "group"        uuid NOT NULL,
    country        text NOT NULL,
    council        uuid NOT NULL,
    ward           uuid NOT NULL,
    pot            text NOT NULL,
    principal      bigint NOT NULL CHECK (principal > 0),
    "on"           date NOT NULL,                          -- the day of disbursement, and the anchor of the due dates
    product        text NOT NULL,
    method         text NOT NULL CHECK (method IN ('bank', 'in_kind')),
    bank_reference text,
    bank_key       text GENERATED ALWAYS AS (upper(regexp_replace(bank_reference, '\s', '', 'g'))) STORED,
    state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'repaid')),
    repaid_on      date,
    version        integer NOT NULL DEFAULT 1,
    recorded_at    timestamptz NOT NULL,
    FOREIGN KEY (council, pot) REFERENCES pot,
    CONSTRAINT disbursement_reference_once UNIQUE (bank_key),
    CONSTRAINT bank_payment_has_reference CHECK (method <> 'bank' OR bank_reference IS NOT NULL),
    CONSTRAINT repaid_has_a_day CHECK ((state = 'repaid') = (repaid_on IS NOT NULL))
);
CREATE INDEX loan_by_ward ON loan (ward, loan);
CREATE INDEX loan_by_group ON loan ("group");
CREATE INDEX loan_by_pot ON loan (council, pot);
CREATE INDEX active_loan_by_pot ON loan (council, pot) WHERE state = 'active';

-- Goods bought for the group instead of money paid to it.
CREATE TABLE asset (
    loan        uuid PRIMARY KEY REFERENCES loan,
    description text NOT NULL,
    identifier  text                                       -- registration or serial number
);

CREATE TABLE instalment (
    loan   uuid NOT NULL REFERENCES loan,
    number smallint NOT NULL CHECK (number > 0),
    due_on date NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (loan, number)
);
CREATE TRIGGER instalment_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON instalment EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON instalment FROM :runtime;

CREATE TABLE repayment (
    repayment      uuid PRIMARY KEY,
    recorded       bigint GENERATED ALWAYS AS IDENTITY,    -- the order of recording, for payments of one day
    loan           uuid NOT NULL REFERENCES loan,
    council        uuid NOT NULL,
    "on"           date NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    receipt_number text NOT NULL,
    bank_reference text NOT NULL,
    receipt_key    text NOT NULL GENERATED ALWAYS AS (upper(regexp_replace(receipt_number, '\s', '', 'g'))) STORED,
    bank_key       text NOT NULL GENERATED ALWAYS AS (upper(regexp_replace(bank_reference, '\s', '', 'g'))) STORED,
    recorded_at    timestamptz NOT NULL,
    recorded_by    text NOT NULL,
    CONSTRAINT receipt_number_once_in_council UNIQUE (council, receipt_key),
    CONSTRAINT bank_reference_once UNIQUE (bank_key)
);
CREATE INDEX repayment_of_loan ON repayment (loan, "on", recorded);
CREATE TRIGGER repayment_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON repayment EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON repayment FROM :runtime;
