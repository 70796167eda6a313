-- As before, but the contract also stays whole where its loan alone went to another council: the application had ended
-- by then, and is live again there once a payment of it was reversed.
CREATE OR REPLACE FUNCTION require_whole_contract() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM contract c JOIN application a USING (application)
        WHERE c.application = NEW.application AND c.amount = a.approved_amount
          AND (c.council = a.council OR EXISTS (
                   SELECT FROM transfer t WHERE t.subject = a.application
                   UNION ALL
                   SELECT FROM loan l JOIN transfer t ON t.subject = l.loan WHERE l.application = a.application))
          AND c.amount = (SELECT sum(amount) FROM contract_share WHERE application = NEW.application)
          AND (SELECT count(*) FROM contract_share WHERE application = NEW.application)
              = (SELECT count(*) FROM application_member WHERE application = NEW.application)) THEN
        RAISE EXCEPTION 'the shares of a contract do not sum to its amount'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shares_sum_to_principal';
    END IF;
    RETURN NULL;
END $$;
