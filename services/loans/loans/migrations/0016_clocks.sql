-- How long the office has for each step of an application. A clock's term is frozen when it starts; only the country's
-- holidays move it, and only while it is open.
CREATE TABLE step_clock (
    clock           uuid PRIMARY KEY,
    application     uuid NOT NULL REFERENCES application,
    step            text NOT NULL,
    country         text NOT NULL,
    rule_version    text NOT NULL,
    unit            text NOT NULL CHECK (unit IN ('working_days', 'months')),
    length          smallint NOT NULL CHECK (length > 0),
    warning_percent smallint NOT NULL CHECK (warning_percent BETWEEN 1 AND 99),
    since           date NOT NULL,                         -- the day of the step before, which does not count
    due_on          date NOT NULL,                         -- the last day in time
    warn_at         timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,                  -- the end of that day
    warned_at       timestamptz,                           -- when the one warning was told
    breached_at     timestamptz,                           -- when the one breach was told
    met_on          date,                                  -- the day of the step, in time or late
    stopped_on      date,                                  -- the day on which the application ended without the step
    recorded_at     timestamptz NOT NULL,
    patient_until   timestamptz NOT NULL,                  -- what was past when it was recorded is told then
    CONSTRAINT one_clock_for_each_step UNIQUE (application, step),
    CONSTRAINT warned_before_due CHECK (warn_at < due_at),
    CONSTRAINT breach_follows_warning CHECK (breached_at IS NULL OR warned_at IS NOT NULL),
    CONSTRAINT met_or_stopped CHECK (num_nonnulls(met_on, stopped_on) <= 1)
);
CREATE INDEX step_clock_open ON step_clock (country, due_at) WHERE met_on IS NULL AND stopped_on IS NULL;
REVOKE UPDATE, DELETE, TRUNCATE ON step_clock FROM :runtime;
GRANT UPDATE (due_on, warn_at, due_at, warned_at, breached_at, met_on, stopped_on) ON step_clock TO :runtime;

CREATE FUNCTION step_clock_tells_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF num_nonnulls(OLD.met_on, OLD.stopped_on) > 0
       OR (OLD.warned_at IS NOT NULL AND NEW.warned_at IS DISTINCT FROM OLD.warned_at)
       OR (OLD.breached_at IS NOT NULL
           AND (NEW.breached_at, NEW.due_at, NEW.warn_at) IS DISTINCT FROM (OLD.breached_at, OLD.due_at, OLD.warn_at))
    THEN
        RAISE EXCEPTION 'a clock tells each thing once, and stands still when its step was taken'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_clock_tells_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_clock_tells_once BEFORE UPDATE ON step_clock
    FOR EACH ROW EXECUTE FUNCTION step_clock_tells_once();
