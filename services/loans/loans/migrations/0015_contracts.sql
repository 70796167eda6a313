-- The contract of a loan, and what each member is liable for: frozen when it is signed.
CREATE TABLE contract (
    application uuid PRIMARY KEY REFERENCES application,
    council     uuid NOT NULL,
    number      text NOT NULL,
    number_key  text NOT NULL GENERATED ALWAYS AS (upper(regexp_replace(number, '\s', '', 'g'))) STORED,
    "on"        date NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT contract_number_once_in_council UNIQUE (council, number_key)
);
CREATE TABLE contract_share (
    application uuid NOT NULL REFERENCES contract,
    member      uuid NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (application, member),
    FOREIGN KEY (application, member) REFERENCES application_member
);
CREATE TRIGGER contract_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON contract EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contract_share_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_share
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON contract, contract_share FROM :runtime;

-- The shares of all members, and of nobody else, sum to what was approved, to the shilling.
CREATE FUNCTION require_whole_contract() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM contract c JOIN application a USING (application)
        WHERE c.application = NEW.application AND c.amount = a.approved_amount AND c.council = a.council
          AND c.amount = (SELECT sum(amount) FROM contract_share WHERE application = NEW.application)
          AND (SELECT count(*) FROM contract_share WHERE application = NEW.application)
              = (SELECT count(*) FROM application_member WHERE application = NEW.application)) THEN
        RAISE EXCEPTION 'the shares of a contract do not sum to its amount'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shares_sum_to_principal';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER contract_is_whole AFTER INSERT ON contract DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_whole_contract();
CREATE CONSTRAINT TRIGGER contract_stays_whole AFTER INSERT ON contract_share DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_whole_contract();
-- Nothing counts as signed without its contract, and what is lent is what was signed for.
CREATE CONSTRAINT TRIGGER signed_has_contract AFTER UPDATE OF status ON application DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'contract_signed') EXECUTE FUNCTION require_whole_contract();
CREATE FUNCTION require_contracted_principal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM application a LEFT JOIN contract c USING (application)
        WHERE a.application = NEW.application AND 'contract_signed' = ANY(a.way)
          AND c.amount IS DISTINCT FROM NEW.principal) THEN
        RAISE EXCEPTION 'a loan is of the amount of its contract'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'principal_is_contracted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loan_is_contracted BEFORE INSERT ON loan FOR EACH ROW EXECUTE FUNCTION require_contracted_principal();
