-- The second opinion on the ledger, now that loans can be given up.
DROP VIEW ledger_fault;
DROP VIEW pot_records;
DROP VIEW loan_records;
DROP VIEW pot_law;

-- The law of each pot, read from the postings themselves.
CREATE VIEW pot_law AS
SELECT council, pot,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'opening'), 0)     AS opening,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'set_aside'), 0)   AS set_asides,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'repayment'), 0)   AS repayments,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'recovery'), 0)    AS recoveries,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'shortfall'), 0)   AS shortfall,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'available'), 0)   AS available,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'reserved'), 0)    AS reserved,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'credit_held'), 0) AS credits_held,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'disbursed'), 0)   AS disbursed,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'refunded'), 0)    AS refunded,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'outstanding'), 0) AS outstanding,
       coalesce(sum(debit - credit) FILTER (WHERE kind = 'written_off'), 0) AS written_off,
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'lent'), 0)        AS lent
FROM pot LEFT JOIN account USING (council, pot) LEFT JOIN posting USING (account)
GROUP BY council, pot;

-- What came in for each loan and was not reversed, and what was given back of it.
CREATE VIEW loan_records AS
SELECT l.loan, l.council, l.pot, l.state, l.principal, paid.amount AS paid, paid.recovered,
       refunded.amount AS refunded,
       CASE WHEN l.state IN ('void', 'written_off', 'recovered') THEN 0
            ELSE greatest(0, l.principal - paid.amount) END AS outstanding,
       CASE WHEN l.state IN ('written_off', 'recovered') THEN l.principal - paid.amount - paid.recovered
            ELSE 0 END AS written_off,
       greatest(0, paid.amount - l.principal) - refunded.amount AS credit_held
FROM loan l,
     LATERAL (SELECT coalesce(sum(r.amount) FILTER (WHERE r.kind = 'repayment'), 0) AS amount,
                     coalesce(sum(r.amount) FILTER (WHERE r.kind = 'recovery'), 0)  AS recovered
              FROM repayment r
              WHERE r.loan = l.loan
                AND NOT EXISTS (SELECT FROM repayment_reversal v WHERE v.repayment = r.repayment)) paid,
     LATERAL (SELECT coalesce(sum(f.amount), 0) AS amount FROM refund f WHERE f.loan = l.loan) refunded;

CREATE VIEW pot_records AS
SELECT p.council, p.pot, given.opening, given.set_asides, held.reserved,
       coalesce(lent.disbursed, 0) AS disbursed, coalesce(lent.repayments, 0) AS repayments,
       coalesce(lent.outstanding, 0) AS outstanding, coalesce(lent.credits_held, 0) AS credits_held,
       coalesce(lent.refunded, 0) AS refunded, coalesce(lent.recoveries, 0) AS recoveries,
       coalesce(lent.written_off, 0) AS written_off
FROM pot p
CROSS JOIN LATERAL (
    SELECT (SELECT coalesce(sum(CASE p.pot WHEN 'women' THEN s.women WHEN 'youth' THEN s.youth ELSE s.pwd END), 0)
            FROM set_aside s WHERE s.council = p.council) AS set_asides,
           (SELECT coalesce(sum(CASE p.pot WHEN 'women' THEN o.women WHEN 'youth' THEN o.youth ELSE o.pwd END), 0)
            FROM opening_balance o WHERE o.council = p.council) AS opening
) given
CROSS JOIN LATERAL (
    SELECT coalesce(sum(a.approved_amount), 0) AS reserved
    FROM application a WHERE a.council = p.council AND a.pot = p.pot AND a.status = 'approved'
) held
LEFT JOIN (
    SELECT council, pot, sum(principal) FILTER (WHERE state <> 'void') AS disbursed, sum(paid) AS repayments,
           sum(outstanding) AS outstanding, sum(credit_held) AS credits_held, sum(refunded) AS refunded,
           sum(recovered) AS recoveries, sum(written_off) AS written_off
    FROM loan_records GROUP BY council, pot
) lent USING (council, pot);

-- Empty, always. A row names the pot, the rule that does not hold, and by how much.
CREATE VIEW ledger_fault AS
SELECT council, pot, 'law_of_the_pot' AS fault,
       opening + set_asides + repayments + recoveries + shortfall
           - (available + reserved + credits_held + disbursed + refunded) AS difference
FROM pot_law
WHERE opening + set_asides + repayments + recoveries + shortfall
      <> available + reserved + credits_held + disbursed + refunded
UNION ALL
SELECT council, pot, 'loans_do_not_add_up', lent - outstanding - written_off
FROM pot_law WHERE lent <> outstanding + written_off
UNION ALL
SELECT council, pot, 'negative', least(opening, set_asides, repayments, recoveries, shortfall, available, reserved,
                                       credits_held, disbursed, refunded, outstanding, written_off)
FROM pot_law
WHERE least(opening, set_asides, repayments, recoveries, shortfall, available, reserved, credits_held, disbursed,
            refunded, outstanding, written_off) < 0
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
                        r.written_off, r.credits_held, r.refunded);
