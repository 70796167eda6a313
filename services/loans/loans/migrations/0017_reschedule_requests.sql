-- Putting a loan off takes two persons: one asks, another makes it take effect. A request that took no effect can be
-- replaced by a later one; one that did stays.
CREATE TABLE reschedule_request (
    loan         uuid NOT NULL REFERENCES loan,
    revision     smallint NOT NULL CHECK (revision > 0),
    requested_on date NOT NULL,
    requested_by text NOT NULL,
    first_due_on date NOT NULL CHECK (first_due_on > requested_on),
    instalments  smallint NOT NULL CHECK (instalments > 0),
    reason_code  text NOT NULL,
    instrument   text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (loan, revision),
    UNIQUE (loan, revision, requested_by)
);
REVOKE DELETE, TRUNCATE ON reschedule_request FROM :runtime;

-- Those of before are without a request.
ALTER TABLE reschedule
    ADD COLUMN requested_by text,
    ADD CONSTRAINT reschedule_was_requested CHECK (requested_by IS NOT NULL) NOT VALID,
    ADD CONSTRAINT reschedule_by_two CHECK (requested_by <> recorded_by),
    ADD CONSTRAINT reschedule_of_request FOREIGN KEY (loan, revision, requested_by)
        REFERENCES reschedule_request (loan, revision, requested_by);

CREATE FUNCTION keep_granted_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM reschedule WHERE loan = OLD.loan AND revision = OLD.revision) THEN
        RAISE EXCEPTION 'this request has taken effect and stays as it was'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'granted_request_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER granted_request_stays BEFORE UPDATE ON reschedule_request
    FOR EACH ROW EXECUTE FUNCTION keep_granted_request();
