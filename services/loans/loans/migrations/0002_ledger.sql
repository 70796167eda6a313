-- Double entry. Rows are only ever added; balances are kept by the database itself and can be set by nobody.

CREATE TABLE account_kind (
    kind   text PRIMARY KEY,
    book   text NOT NULL CHECK (book IN ('fund', 'loans')),
    normal text NOT NULL CHECK (normal IN ('debit', 'credit')),   -- the side on which it grows
    of     text NOT NULL CHECK (of IN ('pot', 'application', 'loan'))
);
INSERT INTO account_kind (kind, book, normal, of) VALUES
    ('opening',     'fund',  'credit', 'pot'),
    ('set_aside',   'fund',  'credit', 'pot'),
    ('repayment',   'fund',  'credit', 'pot'),
    ('recovery',    'fund',  'credit', 'pot'),
    ('shortfall',   'fund',  'credit', 'pot'),
    ('available',   'fund',  'debit',  'pot'),
    ('reserved',    'fund',  'debit',  'application'),
    ('credit_held', 'fund',  'debit',  'loan'),
    ('disbursed',   'fund',  'debit',  'pot'),
    ('refunded',    'fund',  'debit',  'pot'),
    ('outstanding', 'loans', 'debit',  'loan'),
    ('lent',        'loans', 'credit', 'pot');
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON account_kind FROM :runtime;

-- One account per application and loan, so that "freed once" and "refunded once" are questions of its own balance;
-- the pot's own accounts have the council as their subject.
CREATE TABLE account (
    account bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    council uuid NOT NULL,
    pot     text NOT NULL,
    kind    text NOT NULL REFERENCES account_kind,
    subject uuid NOT NULL,
    balance bigint NOT NULL DEFAULT 0,
    FOREIGN KEY (council, pot) REFERENCES pot,
    CONSTRAINT account_of_a_pot UNIQUE (council, pot, kind, subject),
    CONSTRAINT balance_not_negative CHECK (balance >= 0)
);
CREATE FUNCTION open_account_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.balance := 0;
    RETURN NEW;
END $$;
CREATE TRIGGER account_opens_empty BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION open_account_empty();
REVOKE UPDATE, DELETE, TRUNCATE ON account FROM :runtime;

CREATE TABLE entry (
    entry       uuid PRIMARY KEY,
    council     uuid NOT NULL,
    pot         text NOT NULL,
    kind        text NOT NULL,
    document    uuid NOT NULL,          -- the set-aside, application, loan or repayment that caused it
    "on"        date NOT NULL,          -- value date
    command     uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    FOREIGN KEY (council, pot) REFERENCES pot
);
CREATE INDEX entry_of_pot ON entry (council, pot, "on");
-- A fact is booked once. (A payment can be reallocated by each payment that turns up with an earlier date.)
CREATE UNIQUE INDEX entry_once_per_document ON entry (document, kind, pot) WHERE kind <> 'reallocation';
CREATE INDEX entry_by_document ON entry (document);

CREATE TABLE posting (
    entry   uuid NOT NULL REFERENCES entry,
    account bigint NOT NULL REFERENCES account,
    debit   bigint NOT NULL CHECK (debit >= 0),
    credit  bigint NOT NULL CHECK (credit >= 0),
    PRIMARY KEY (entry, account),
    CONSTRAINT posting_has_one_side CHECK ((debit = 0) <> (credit = 0))
);
CREATE INDEX posting_of_account ON posting (account);

-- What moved in a pot on each value date: positions as of any day cost the same however long the ledger is.
CREATE TABLE pot_day (
    council uuid NOT NULL,
    pot     text NOT NULL,
    kind    text NOT NULL REFERENCES account_kind,
    "on"    date NOT NULL,
    change  bigint NOT NULL,
    PRIMARY KEY (council, pot, kind, "on"),
    FOREIGN KEY (council, pot) REFERENCES pot
);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON pot_day FROM :runtime;

CREATE FUNCTION book_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
DECLARE
    bare record;
BEGIN
    -- In one order, so that two entries that share accounts wait for each other and never embrace.
    PERFORM 1 FROM account WHERE account IN (SELECT p.account FROM posted p) ORDER BY account FOR NO KEY UPDATE;

    UPDATE account a
    SET balance = a.balance + moved.change
    FROM (
        SELECT p.account, sum(CASE k.normal WHEN 'debit' THEN p.debit - p.credit ELSE p.credit - p.debit END) AS change
        FROM posted p JOIN account USING (account) JOIN account_kind k USING (kind)
        GROUP BY p.account
    ) moved
    WHERE a.account = moved.account;

    INSERT INTO pot_day AS d (council, pot, kind, "on", change)
    SELECT a.council, a.pot, a.kind, e."on",
           sum(CASE k.normal WHEN 'debit' THEN p.debit - p.credit ELSE p.credit - p.debit END)
    FROM posted p JOIN account a USING (account) JOIN account_kind k ON k.kind = a.kind JOIN entry e USING (entry)
    GROUP BY a.council, a.pot, a.kind, e."on"
    ORDER BY a.council, a.pot, a.kind, e."on"
    ON CONFLICT (council, pot, kind, "on") DO UPDATE SET change = d.change + excluded.change;

    -- The balance guards today; what is back-dated must not leave a day in between with less than nothing either.
    SELECT t.pot, t."on" INTO bare
    FROM (
        SELECT d.council, d.pot, d."on", sum(d.change) OVER (PARTITION BY d.council, d.pot ORDER BY d."on") AS available
        FROM pot_day d
        WHERE d.kind = 'available'
          AND (d.council, d.pot) IN (
              SELECT a.council, a.pot FROM posted p JOIN account a USING (account)
              WHERE a.kind = 'available' AND p.credit > 0)
    ) t
    WHERE t.available < 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the % pot would have less than nothing on %', bare.pot, bare."on"
            USING ERRCODE = 'check_violation', CONSTRAINT = 'available_on_every_day';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_moves_balances AFTER INSERT ON posting
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION book_postings();

-- Each book of an entry balances, and all of it lies in one pot.
CREATE FUNCTION require_balanced_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM posting WHERE entry = NEW.entry) OR EXISTS (
        SELECT 1
        FROM posting p JOIN account a USING (account) JOIN account_kind k USING (kind) JOIN entry e USING (entry)
        WHERE p.entry = NEW.entry
        GROUP BY k.book
        HAVING sum(p.debit) <> sum(p.credit) OR bool_or((a.council, a.pot) <> (e.council, e.pot))
    ) THEN
        RAISE EXCEPTION 'entry % does not balance', NEW.entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_balanced_entry();
-- A posting that is added to an entry afterwards is looked at too.
CREATE CONSTRAINT TRIGGER posting_keeps_entry_balanced AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_balanced_entry();

CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON entry EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON posting EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON entry, posting FROM :runtime;
