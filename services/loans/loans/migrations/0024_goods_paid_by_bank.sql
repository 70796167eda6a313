-- Goods are paid from the special account too, to who sold them: a line of the bank is found in the books either way.
CREATE OR REPLACE VIEW bank_document AS
SELECT r.repayment AS document, r.kind, r.council, r."on", r.amount, r.bank_key, r.receipt_key
FROM repayment r WHERE NOT EXISTS (SELECT FROM repayment_reversal v WHERE v.repayment = r.repayment)
UNION ALL
SELECT l.loan, 'disbursement', l.council, l."on", -l.principal, l.bank_key, NULL
FROM loan l WHERE l.state <> 'void'
UNION ALL
SELECT f.refund, 'refund', l.council, f."on", -f.amount, f.bank_key, NULL FROM refund f JOIN loan l USING (loan)
UNION ALL
SELECT s.set_aside, 'set_aside', s.council, s."on", s.amount,
       upper(regexp_replace(s.instrument, '\s', '', 'g')), NULL
FROM set_aside s;
