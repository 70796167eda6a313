-- Areas change: what a council lent in a ward goes with the ward, and what is left of a council goes to its successors.
-- Nothing is lost on the way: what one pot hands over another one takes over, in two entries of one transfer.

INSERT INTO account_kind (kind, book, normal, of) VALUES
    ('transfer_in',  'fund', 'credit', 'pot'),
    ('transfer_out', 'fund', 'debit',  'pot');

-- One loan, one approval (its subject), or money that can be promised (no subject).
CREATE TABLE transfer (
    transfer       uuid PRIMARY KEY,
    handed_over_by uuid NOT NULL REFERENCES fund,
    council        uuid NOT NULL REFERENCES fund,
    pot            text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('loan', 'reserve', 'money')),
    subject        uuid,
    amount         bigint NOT NULL CHECK (amount >= 0),
    "on"           date NOT NULL,
    effective_on   date NOT NULL,
    recorded_at    timestamptz NOT NULL,
    FOREIGN KEY (handed_over_by, pot) REFERENCES pot,
    FOREIGN KEY (council, pot) REFERENCES pot,
    CHECK (handed_over_by <> council),
    CHECK (effective_on <= "on"),
    CHECK ((kind = 'money') = (subject IS NULL))
);
CREATE INDEX transfer_of_subject ON transfer (subject);
CREATE TRIGGER transfer_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON transfer FROM :runtime;

-- What the registry told of councils that were split or merged; its money moves once, on the day.
CREATE TABLE council_change (
    council      uuid NOT NULL,
    effective_on date NOT NULL,
    shares       jsonb NOT NULL,                        -- successor -> weight, or null where the wards decide
    settled_at   timestamptz,
    PRIMARY KEY (council, effective_on)
);
REVOKE DELETE, TRUNCATE ON council_change FROM :runtime;

DROP VIEW ledger_fault;
DROP VIEW pot_law;

-- The law of each pot, read from the postings themselves.
CREATE VIEW pot_law AS
SELECT council, pot,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'opening'), 0)     AS opening,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'set_aside'), 0)   AS set_asides,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'repayment'), 0)   AS repayments,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'recovery'), 0)    AS recoveries,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'shortfall'), 0)   AS shortfall,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'transfer_in'), 0) AS transfers_in,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'available'), 0)   AS available,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'reserved'), 0)    AS reserved,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'credit_held'), 0) AS credits_held,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'disbursed'), 0)   AS disbursed,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'refunded'), 0)    AS refunded,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'transfer_out'), 0) AS transfers_out,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'outstanding'), 0) AS outstanding,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'written_off'), 0) AS written_off,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'lent'), 0)        AS lent
FROM pot LEFT JOIN account USING (council, pot) LEFT JOIN posting USING (account)
GROUP BY council, pot;

-- Empty, always. A row names the pot, the rule that does not hold, and by how much.
CREATE VIEW ledger_fault AS
SELECT council, pot, 'law_of_the_pot' AS fault,
       opening + set_asides + repayments + recoveries + shortfall + transfers_in
           - (available + reserved + credits_held + disbursed + refunded + transfers_out) AS difference
FROM pot_law
WHERE opening + set_asides + repayments + recoveries + shortfall + transfers_in
      <> available + reserved + credits_held + disbursed + refunded + transfers_out
UNION ALL
SELECT council, pot, 'loans_do_not_add_up', lent - outstanding - written_off
FROM pot_law WHERE lent <> outstanding + written_off
UNION ALL
SELECT council, pot, 'negative', least(opening, set_asides, repayments, recoveries, shortfall, available, reserved,
                                       credits_held, disbursed, refunded, outstanding, written_off, transfers_in,
                                       transfers_out)
FROM pot_law
WHERE least(opening, set_asides, repayments, recoveries, shortfall, available, reserved, credits_held, disbursed,
            refunded, outstanding, written_off, transfers_in, transfers_out) < 0
UNION ALL
SELECT council, pot, 'short_and_available', shortfall FROM pot_law WHERE shortfall > 0 AND available > 0
UNION ALL
SELECT e.council, e.pot, 'entry_does_not_balance', sum(p.debit - p.credit)
FROM entry e LEFT JOIN posting p USING (entry)
GROUP BY e.council, e.pot, e.entry
HAVING sum(p.debit - p.credit) IS DISTINCT FROM 0
UNION ALL
SELECT a.council, a.pot, 'balance_is_not_its_postings', a.balance - coalesce(sum(m.change), 0)
FROM account a LEFT JOIN LATERAL (
    SELECT CASE k.normal WHEN 'debit' THEN p.debit - p.credit ELSE p.credit - p.debit END AS change
    FROM posting p, account_kind k WHERE p.account = a.account AND k.kind = a.kind
) m ON true
GROUP BY a.council, a.pot, a.account, a.balance
HAVING a.balance <> coalesce(sum(m.change), 0)
UNION ALL
SELECT council, pot, 'days_are_not_its_accounts', sum(balance) - sum(days)
FROM (
    SELECT council, pot, kind, sum(balance) AS balance, 0 AS days FROM account GROUP BY council, pot, kind
    UNION ALL
    SELECT council, pot, kind, 0, sum(change) FROM pot_day GROUP BY council, pot, kind
) kept
GROUP BY council, pot, kind
HAVING sum(balance) <> sum(days)
UNION ALL
SELECT council, pot, 'ledger_is_not_the_records', l.available
FROM pot_law l JOIN pot_records r USING (council, pot)
WHERE (l.opening, l.set_asides, l.reserved, l.disbursed, l.repayments, l.recoveries, l.outstanding, l.written_off,
       l.credits_held, l.refunded)
      IS DISTINCT FROM (r.opening, r.set_asides, r.reserved, r.disbursed, r.repayments, r.recoveries, r.outstanding,
                        r.written_off, r.credits_held, r.refunded)
UNION ALL
SELECT council, pot, 'transfers_are_not_the_records', transfers_in - transfers_out - coalesce(told.net, 0)
FROM pot_law LEFT JOIN (
    SELECT council, pot, sum(amount) AS net FROM (
        SELECT council, pot, amount FROM transfer
        UNION ALL
        SELECT handed_over_by, pot, -amount FROM transfer
    ) t GROUP BY council, pot
) told USING (council, pot)
WHERE transfers_in - transfers_out <> coalesce(told.net, 0);

-- As before, but for the council: the contract stays with the one that signed it, wherever its application went since.
CREATE OR REPLACE FUNCTION require_whole_contract() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM contract c JOIN application a USING (application)
        WHERE c.application = NEW.application AND c.amount = a.approved_amount
          AND (c.council = a.council OR EXISTS (SELECT FROM transfer t WHERE t.subject = a.application))
          AND c.amount = (SELECT sum(amount) FROM contract_share WHERE application = NEW.application)
          AND (SELECT count(*) FROM contract_share WHERE application = NEW.application)
              = (SELECT count(*) FROM application_member WHERE application = NEW.application)) THEN
        RAISE EXCEPTION 'the shares of a contract do not sum to its amount'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shares_sum_to_principal';
    END IF;
    RETURN NULL;
END $$;
