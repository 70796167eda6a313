-- The second opinion on the ledger, now that facts can be undone.
DROP VIEW ledger_fault;
DROP VIEW pot_records;

-- What came in for each loan and was not reversed, and what was given back of it.
CREATE VIEW loan_records AS
SELECT l.loan, l.council, l.pot, l.state, l.principal, paid.amount AS paid, refunded.amount AS refunded,
       CASE WHEN l.state = 'void' THEN 0 ELSE greatest(0, l.principal - paid.amount) END AS outstanding,
       greatest(0, paid.amount - l.principal) - refunded.amount AS credit_held
FROM loan l,
     LATERAL (SELECT coalesce(sum(r.amount), 0) AS amount FROM repayment r
              WHERE r.loan = l.loan
                AND NOT EXISTS (SELECT FROM repayment_reversal v WHERE v.repayment = r.repayment)) paid,
     LATERAL (SELECT coalesce(sum(f.amount), 0) AS amount FROM refund f WHERE f.loan = l.loan) refunded;

CREATE VIEW pot_records AS
SELECT p.council, p.pot, given.opening, given.set_asides, held.reserved,
       coalesce(lent.disbursed, 0) AS disbursed, coalesce(lent.repayments, 0) AS repayments,
       coalesce(lent.outstanding, 0) AS outstanding, coalesce(lent.credits_held, 0) AS credits_held,
       coalesce(lent.refunded, 0) AS refunded
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
           sum(outstanding) AS outstanding, sum(credit_held) AS credits_held, sum(refunded) AS refunded
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
SELECT council, pot, 'loans_do_not_add_up', lent - outstanding FROM pot_law WHERE lent <> outstanding
UNION ALL
SELECT council, pot, 'negative', least(opening, set_asides, repayments, recoveries, shortfall, available, reserved,
                                       credits_held, disbursed, refunded, outstanding)
FROM pot_law
WHERE least(opening, set_asides, repayments, recoveries, shortfall, available, reserved, credits_held, disbursed,
            refunded, outstanding) < 0
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
WHERE (l.opening, l.set_asides, l.reserved, l.disbursed, l.repayments, l.outstanding, l.credits_held, l.refunded)
      IS DISTINCT FROM (r.opening, r.set_asides, r.reserved, r.disbursed, r.repayments, r.outstanding,
                        r.credits_held, r.refunded);
