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
       coalesce(sum(credit - debit) FILTER (WHERE kind = 'lent'), 0)        AS lent
FROM pot LEFT JOIN account USING (council, pot) LEFT JOIN posting USING (account)
GROUP BY council, pot;

-- What the records say that the ledger should hold: the second opinion that the faults below compare with.
CREATE VIEW pot_records AS
SELECT council, pot,
       (SELECT coalesce(sum(CASE p.pot WHEN 'women' THEN s.women WHEN 'youth' THEN s.youth ELSE s.pwd END), 0)
        FROM set_aside s WHERE s.council = p.council) AS set_asides,
       (SELECT coalesce(sum(a.approved_amount), 0)
        FROM application a WHERE a.council = p.council AND a.pot = p.pot AND a.status = 'approved') AS reserved,
       (SELECT coalesce(sum(l.principal), 0)
        FROM loan l WHERE l.council = p.council AND l.pot = p.pot) AS disbursed,
       (SELECT coalesce(sum(r.amount), 0)
        FROM repayment r JOIN loan l USING (loan) WHERE l.council = p.council AND l.pot = p.pot) AS repayments,
       (SELECT coalesce(sum(greatest(0, l.principal - paid.amount)), 0)
        FROM loan l, LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM repayment WHERE loan = l.loan) paid
        WHERE l.council = p.council AND l.pot = p.pot) AS outstanding,
       (SELECT coalesce(sum(greatest(0, paid.amount - l.principal)), 0)
        FROM loan l, LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM repayment WHERE loan = l.loan) paid
        WHERE l.council = p.council AND l.pot = p.pot) AS credits_held
FROM pot p;

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
WHERE (l.set_asides, l.reserved, l.disbursed, l.repayments, l.outstanding, l.credits_held)
      IS DISTINCT FROM (r.set_asides, r.reserved, r.disbursed, r.repayments, r.outstanding, r.credits_held);
