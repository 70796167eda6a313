-- The way of an application, step by step: which steps it goes through was settled by the rules of its day, nobody
-- skips one, takes one twice, or takes two of them.

ALTER TABLE application
    ADD COLUMN way text[] NOT NULL DEFAULT '{approved,disbursed}',   -- the way of those taken in until now
    ADD COLUMN assessed_amount bigint CHECK (assessed_amount > 0),     -- what the technical committee would grant
    ADD COLUMN signed_on date,
    DROP CONSTRAINT application_status_check,
    ADD CONSTRAINT application_status_check CHECK (status IN (
        'submitted', 'recommended', 'assessed', 'approved', 'contract_signed', 'rejected', 'disbursed', 'closed',
        'withdrawn', 'lapsed')),
    ADD CONSTRAINT way_is_of_steps CHECK (
        way <@ '{recommended,assessed,approved,contract_signed,disbursed}'::text[]
        AND '{approved,disbursed}'::text[] <@ way AND way[cardinality(way)] = 'disbursed'),
    ADD CONSTRAINT assessed_within_asked CHECK (assessed_amount <= amount),
    ADD CONSTRAINT approved_within_assessed CHECK (approved_amount <= assessed_amount);
ALTER TABLE application ALTER COLUMN way DROP DEFAULT;
ALTER TABLE application ADD COLUMN next_step text GENERATED ALWAYS AS (
    CASE WHEN status = 'submitted' THEN way[1]
         WHEN status = ANY(way) THEN way[array_position(way, status) + 1] END) STORED;
CREATE INDEX application_by_next_step ON application (council, next_step, application) WHERE next_step IS NOT NULL;

CREATE FUNCTION require_next_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_still boolean := OLD.next_step IS NOT NULL;
    lent       boolean := OLD.status IN ('disbursed', 'closed');
    decided    boolean := array_position(OLD.way, OLD.status) >= array_position(OLD.way, 'approved');
BEGIN
    IF NEW.way <> OLD.way OR (NEW.status <> OLD.status AND NOT coalesce(
           NEW.status = OLD.next_step
           OR (NEW.status = 'rejected' AND open_still AND NOT coalesce(decided, false))
           OR (NEW.status IN ('withdrawn', 'lapsed') AND open_still)
           OR (lent AND NEW.status IN ('disbursed', 'closed', 'lapsed', OLD.way[cardinality(OLD.way) - 1])),
           false)) THEN
        RAISE EXCEPTION 'an application does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'steps_in_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_steps_in_order BEFORE UPDATE ON application
    FOR EACH ROW EXECUTE FUNCTION require_next_step();

-- Whoever moved an application stands in its steps.
CREATE FUNCTION require_step_taken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM application_step WHERE application = NEW.application
                     AND (step = NEW.status OR (NEW.status = 'lapsed' AND step = 'disbursement_voided'))) THEN
        RAISE EXCEPTION 'nobody took the step %', NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_is_taken_by_somebody';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER application_step_taken AFTER INSERT OR UPDATE OF status ON application
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status <> 'closed') EXECUTE FUNCTION require_step_taken();

-- Maker and checker differ, and a member of the group takes no step on its loan. Paying out is the one step that can
-- be taken again, by the same person: the bank sent it back.
CREATE UNIQUE INDEX one_step_for_each_officer ON application_step (application, actor)
    WHERE step IN ('submitted', 'recommended', 'assessed', 'approved', 'rejected', 'contract_signed');
CREATE FUNCTION require_other_officer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    PERFORM 1 FROM application WHERE application = NEW.application FOR UPDATE;
    IF NEW.step = 'disbursed' AND EXISTS (
           SELECT FROM application_step
           WHERE application = NEW.application AND actor = NEW.actor
             AND step IN ('submitted', 'recommended', 'assessed', 'approved', 'contract_signed')) THEN
        RAISE EXCEPTION 'an earlier step was taken by the same officer'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'maker_is_not_checker';
    END IF;
    IF EXISTS (SELECT FROM application_member
               WHERE application = NEW.application AND member::text = NEW.actor) THEN
        RAISE EXCEPTION 'a member of the group takes no step on its loan'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'member_does_not_decide';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_step_by_another BEFORE INSERT ON application_step
    FOR EACH ROW WHEN (NEW.step IN ('recommended', 'assessed', 'approved', 'rejected', 'contract_signed', 'disbursed'))
    EXECUTE FUNCTION require_other_officer();

-- The word of the ward's committee, and the form that the technical committee filled in at the group's place. Codes
-- and counts: what people said stays on paper.
CREATE TABLE application_recommendation (
    application uuid PRIMARY KEY REFERENCES application,
    minutes     text NOT NULL,
    recommended boolean NOT NULL
);
CREATE TABLE application_visit (
    application     uuid PRIMARY KEY REFERENCES application,
    visited_on      date NOT NULL,
    members_met     smallint NOT NULL CHECK (members_met >= 0),
    enterprise      text NOT NULL,
    premises        text NOT NULL,
    records         text NOT NULL,
    market          text NOT NULL,
    risks           text[] NOT NULL,
    proposed_amount bigint CHECK (proposed_amount > 0),
    passed          boolean NOT NULL
);
CREATE TRIGGER application_recommendation_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON application_recommendation
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_visit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON application_visit
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON application_recommendation, application_visit FROM :runtime;

-- What was approved stays reserved until it is paid out, signed for or not.
CREATE OR REPLACE VIEW pot_records AS
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
    FROM application a
    WHERE a.council = p.council AND a.pot = p.pot AND a.status IN ('approved', 'contract_signed')
) held
LEFT JOIN (
    SELECT council, pot, sum(principal) FILTER (WHERE state <> 'void') AS disbursed, sum(paid) AS repayments,
           sum(outstanding) AS outstanding, sum(credit_held) AS credits_held, sum(refunded) AS refunded,
           sum(recovered) AS recoveries, sum(written_off) AS written_off
    FROM loan_records GROUP BY council, pot
) lent USING (council, pot);
