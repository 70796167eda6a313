-- One clock for each promise: acknowledge, decide, decide an appeal, answer a danger. Its term is frozen at the start;
-- only its pauses and the country's holidays move it, and only while it is open.

CREATE TABLE clock (
    clock               uuid PRIMARY KEY,
    kind                text NOT NULL CHECK (kind IN ('acknowledge', 'decide', 'appeal_decide', 'danger')),
    subject_kind        text NOT NULL CHECK (subject_kind IN ('complaint', 'case')),
    subject             uuid NOT NULL,
    cause               uuid NOT NULL,        -- the complaint itself, or the assessment that found the danger
    country             text NOT NULL,
    area                uuid NOT NULL,
    rule_version        text NOT NULL,
    unit                text NOT NULL CHECK (unit IN ('working_days', 'days', 'hours')),
    length              integer NOT NULL CHECK (length > 0),
    warning_percent     integer NOT NULL CHECK (warning_percent BETWEEN 1 AND 99),
    pauses              boolean NOT NULL,
    ends_on_working_day boolean NOT NULL,
    started_at          timestamptz NOT NULL,
    warn_at             timestamptz,          -- null while the office waits for the complainant
    due_at              timestamptz,          -- likewise
    warned_at           timestamptz,          -- when the one warning was told
    breached_at         timestamptz,          -- when the one breach was told
    met_at              timestamptz,          -- when the promise was kept, early or late
    recorded_at         timestamptz NOT NULL,
    UNIQUE (cause, kind),
    CHECK (warn_at > started_at AND due_at > warn_at),
    CHECK (warn_at IS NOT NULL OR due_at IS NULL),
    CHECK (breached_at IS NULL OR (warned_at IS NOT NULL AND due_at IS NOT NULL)),
    CHECK (met_at >= started_at)
);
CREATE INDEX clock_by_subject ON clock (subject);
CREATE INDEX clock_unmet ON clock (country, kind, due_at) WHERE met_at IS NULL;
REVOKE UPDATE, DELETE, TRUNCATE ON clock FROM :runtime;
GRANT UPDATE (warn_at, due_at, warned_at, breached_at, met_at) ON clock TO :runtime;

CREATE FUNCTION clock_tells_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    IF (OLD.warned_at IS NOT NULL AND NEW.warned_at IS DISTINCT FROM OLD.warned_at)
       OR (OLD.breached_at IS NOT NULL AND NEW.breached_at IS DISTINCT FROM OLD.breached_at)
       OR (OLD.met_at IS NOT NULL AND NEW IS DISTINCT FROM OLD)
       OR (OLD.breached_at IS NOT NULL AND (NEW.due_at, NEW.warn_at) IS DISTINCT FROM (OLD.due_at, OLD.warn_at)) THEN
        RAISE EXCEPTION 'a clock tells each thing once, and stands still when it is met or breached'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'clock_tells_once', TABLE = 'clock';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clock_tells_once BEFORE UPDATE ON clock FOR EACH ROW EXECUTE FUNCTION clock_tells_once();

-- Waiting for the complainant, and its end: one after the other, never overlapping, never rewritten. Each pause names
-- the end of the one before it, so that the keys alone keep the order.
CREATE TABLE pause (
    subject        uuid NOT NULL,
    number         integer NOT NULL CHECK (number > 0),
    waiting_from   timestamptz NOT NULL,
    previous       integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    resumed_before timestamptz,               -- when the pause before this one ended
    recorded_at    timestamptz NOT NULL,
    recorded_by    text NOT NULL,
    PRIMARY KEY (subject, number),
    UNIQUE (subject, number, waiting_from),
    CHECK ((number = 1) = (resumed_before IS NULL)),
    CHECK (waiting_from >= resumed_before)
);
CREATE TABLE resumption (
    subject      uuid NOT NULL,
    number       integer NOT NULL,
    waiting_from timestamptz NOT NULL,
    resumed_at   timestamptz NOT NULL CHECK (resumed_at >= waiting_from),
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    PRIMARY KEY (subject, number),
    UNIQUE (subject, number, resumed_at),
    FOREIGN KEY (subject, number, waiting_from) REFERENCES pause (subject, number, waiting_from)
);
ALTER TABLE pause ADD CONSTRAINT pause_after_the_one_before
    FOREIGN KEY (subject, previous, resumed_before) REFERENCES resumption (subject, number, resumed_at);
REVOKE UPDATE, DELETE, TRUNCATE ON pause, resumption FROM :runtime;
