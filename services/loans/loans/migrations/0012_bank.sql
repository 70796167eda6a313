-- What the bank's statement says, line by line, and what in the books each line is. A line is kept once, however often
-- its statement is imported. The bank's own words about who paid are not kept.
CREATE TABLE bank_line (
    line           uuid PRIMARY KEY,
    council        uuid NOT NULL REFERENCES fund,
    statement      text NOT NULL,
    "on"           date NOT NULL,
    amount         bigint NOT NULL CHECK (amount <> 0),        -- above 0 came in, below 0 went out
    bank_reference text NOT NULL,
    receipt_number text,
    bank_key       text NOT NULL GENERATED ALWAYS AS (upper(regexp_replace(bank_reference, '\s', '', 'g'))) STORED,
    receipt_key    text GENERATED ALWAYS AS (upper(regexp_replace(receipt_number, '\s', '', 'g'))) STORED,
    document       uuid UNIQUE,                                -- nothing in the books is two lines
    kind           text,
    matched_by     text,                                       -- reference, receipt, day, or the person who did it
    recorded_at    timestamptz NOT NULL,
    CONSTRAINT bank_line_once UNIQUE (council, "on", bank_key, amount),
    CONSTRAINT matched_whole CHECK (num_nulls(document, kind, matched_by) IN (0, 3))
);
CREATE INDEX bank_line_open ON bank_line (council, line) WHERE document IS NULL;
REVOKE DELETE, TRUNCATE ON bank_line FROM :runtime;

-- What in the books moved money of the special account.
CREATE VIEW bank_document AS
SELECT r.repayment AS document, r.kind, r.council, r."on", r.amount, r.bank_key, r.receipt_key
FROM repayment r WHERE NOT EXISTS (SELECT FROM repayment_reversal v WHERE v.repayment = r.repayment)
UNION ALL
SELECT l.loan, 'disbursement', l.council, l."on", -l.principal, l.bank_key, NULL
FROM loan l WHERE l.method = 'bank' AND l.state <> 'void'
UNION ALL
SELECT f.refund, 'refund', l.council, f."on", -f.amount, f.bank_key, NULL FROM refund f JOIN loan l USING (loan)
UNION ALL
SELECT s.set_aside, 'set_aside', s.council, s."on", s.amount,
       upper(regexp_replace(s.instrument, '\s', '', 'g')), NULL
FROM set_aside s;
