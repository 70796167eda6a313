-- Complaints, opinions and questions. Each step stands in a row of its own that refers to the step before it: one
-- acknowledgement, one answer, one appeal, one decision on it, and none of them ever rewritten.

CREATE TABLE complaint (
    complaint     uuid PRIMARY KEY,
    reference     text NOT NULL UNIQUE,
    kind          text NOT NULL,
    category      text NOT NULL,
    channel       text NOT NULL,
    country       text NOT NULL,
    area          uuid NOT NULL,              -- never below ward
    place         sealed,                     -- the finer place, where one was given
    person        uuid NOT NULL REFERENCES person,   -- whose key seals it; nameless where the complaint is anonymous
    anonymous     boolean NOT NULL,
    reachable     boolean NOT NULL,           -- the complainant left a name or a way to be reached
    private       boolean NOT NULL,           -- never answered in public
    complex       boolean NOT NULL,
    words         sealed NOT NULL,
    about         sealed,
    about_officer bytea CHECK (octet_length(about_officer) = 32),   -- keyed hash of the officer complained about
    receipt_hash  bytea NOT NULL UNIQUE CHECK (octet_length(receipt_hash) = 32),
    rule_version  text NOT NULL,              -- of the coded lists at receipt
    received_at   timestamptz NOT NULL,
    received_on   date NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    state         text NOT NULL DEFAULT 'received'
                  CHECK (state IN ('received', 'acknowledged', 'answered', 'appealed', 'decided')),
    version       integer NOT NULL DEFAULT 1,
    CHECK (received_at <= recorded_at)
);
CREATE INDEX complaint_by_area ON complaint (area, complaint);
CREATE INDEX complaint_unanswered ON complaint (complaint) WHERE state IN ('received', 'acknowledged', 'appealed');
CREATE INDEX complaint_by_person ON complaint (person);
REVOKE UPDATE, DELETE, TRUNCATE ON complaint FROM :runtime;
GRANT UPDATE (state, version) ON complaint TO :runtime;

CREATE TABLE acknowledgement (
    complaint       uuid PRIMARY KEY REFERENCES complaint,
    acknowledged_at timestamptz NOT NULL,
    "on"            date NOT NULL,
    in_time         boolean NOT NULL,
    recorded_at     timestamptz NOT NULL,
    recorded_by     text NOT NULL,
    CHECK (acknowledged_at <= recorded_at)
);

CREATE TABLE answer (
    complaint      uuid PRIMARY KEY REFERENCES acknowledgement,
    decision       text NOT NULL,
    answer_channel text NOT NULL,
    words          sealed,
    answered_at    timestamptz NOT NULL,
    answered_by    text NOT NULL,
    "on"           date NOT NULL,
    in_time        boolean NOT NULL,
    appeal_by      timestamptz NOT NULL CHECK (appeal_by > answered_at),
    recorded_at    timestamptz NOT NULL,
    UNIQUE (complaint, answered_by),
    CHECK (answered_at <= recorded_at)
);

CREATE TABLE appeal (
    complaint   uuid PRIMARY KEY REFERENCES answer,
    channel     text NOT NULL,
    grounds     sealed,
    appealed_at timestamptz NOT NULL,
    "on"        date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CHECK (appealed_at <= recorded_at)
);

-- Decided by another officer than the one who answered: the key carries that officer here, the check compares.
CREATE TABLE appeal_decision (
    complaint      uuid PRIMARY KEY REFERENCES appeal,
    decision       text NOT NULL,
    answer_channel text NOT NULL,
    words          sealed,
    answered_by    text NOT NULL,
    decided_by     text NOT NULL CHECK (decided_by <> answered_by),
    decided_at     timestamptz NOT NULL,
    "on"           date NOT NULL,
    in_time        boolean NOT NULL,
    recorded_at    timestamptz NOT NULL,
    FOREIGN KEY (complaint, answered_by) REFERENCES answer (complaint, answered_by),
    CHECK (decided_at <= recorded_at)
);
REVOKE UPDATE, DELETE, TRUNCATE ON acknowledgement, answer, appeal, appeal_decision FROM :runtime;

-- A complaint goes one step at a time, and only with the row of that step beside it.
CREATE FUNCTION complaint_goes_in_steps() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    IF NOT (CASE OLD.state || ' to ' || NEW.state
        WHEN 'received to acknowledged' THEN EXISTS (SELECT FROM acknowledgement WHERE complaint = NEW.complaint)
        WHEN 'acknowledged to answered' THEN EXISTS (SELECT FROM answer WHERE complaint = NEW.complaint)
        WHEN 'answered to appealed' THEN EXISTS (SELECT FROM appeal WHERE complaint = NEW.complaint)
        WHEN 'appealed to decided' THEN EXISTS (SELECT FROM appeal_decision WHERE complaint = NEW.complaint)
        ELSE false END) THEN
        RAISE EXCEPTION 'a complaint goes one step at a time'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'complaint_goes_in_steps', TABLE = 'complaint';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER complaint_goes_in_steps BEFORE UPDATE OF state ON complaint
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION complaint_goes_in_steps();

-- And a step that was taken shows in the complaint's state, at the latest at the commit.
CREATE FUNCTION complaint_step_shows() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM complaint WHERE complaint = NEW.complaint AND NOT state = ANY (TG_ARGV::text[])) THEN
        RAISE EXCEPTION 'a step that the complaint does not show'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'complaint_step_shows', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER complaint_step_shows AFTER INSERT ON acknowledgement DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION complaint_step_shows('acknowledged', 'answered', 'appealed', 'decided');
CREATE CONSTRAINT TRIGGER complaint_step_shows AFTER INSERT ON answer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION complaint_step_shows('answered', 'appealed', 'decided');
CREATE CONSTRAINT TRIGGER complaint_step_shows AFTER INSERT ON appeal DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION complaint_step_shows('appealed', 'decided');
CREATE CONSTRAINT TRIGGER complaint_step_shows AFTER INSERT ON appeal_decision DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION complaint_step_shows('decided');
