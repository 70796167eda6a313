-- Welfare cases. What was found and done is only ever added to; the row of the case itself keeps its state, its worker
-- and its version, and nothing else of it can change.

CREATE TABLE welfare_case (
    "case"       uuid PRIMARY KEY,
    reference    text NOT NULL UNIQUE,
    person       uuid NOT NULL REFERENCES person,
    category     text NOT NULL,
    restricted   boolean NOT NULL,            -- by the list in force at receipt
    rule_version text NOT NULL,
    country      text NOT NULL,
    area         uuid NOT NULL,               -- never below ward
    place        sealed,                      -- the finer place, where one was given
    channel      text NOT NULL,
    sex          text NOT NULL CHECK (sex IN ('female', 'male', 'not_recorded')),
    age_band     text NOT NULL,
    story        sealed,
    received_on  date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    worker       text,                        -- the officer it is assigned to
    version      integer NOT NULL DEFAULT 1
);
CREATE INDEX welfare_case_by_area ON welfare_case (area, "case");
CREATE INDEX welfare_case_by_category ON welfare_case (category, "case");
CREATE INDEX welfare_case_by_person ON welfare_case (person);
CREATE INDEX welfare_case_open ON welfare_case (country) WHERE state = 'open';
CREATE INDEX welfare_case_open_by_worker ON welfare_case (worker, "case") WHERE state = 'open';
REVOKE UPDATE, DELETE, TRUNCATE ON welfare_case FROM :runtime;
GRANT UPDATE (state, worker, version) ON welfare_case TO :runtime;

CREATE TABLE case_assignment (
    "case"      uuid NOT NULL REFERENCES welfare_case,
    version     integer NOT NULL,             -- of the case, with this assignment
    worker      text NOT NULL,
    "on"        date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY ("case", version)
);
CREATE INDEX case_assignment_by_worker ON case_assignment (worker, "case");

CREATE TABLE assessment (
    assessment  uuid PRIMARY KEY,
    "case"      uuid NOT NULL REFERENCES welfare_case,
    risk        text NOT NULL CHECK (risk IN ('none', 'low', 'high', 'danger')),
    needs       text[] NOT NULL,
    notes       sealed,
    assessed_at timestamptz NOT NULL,
    "on"        date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    UNIQUE (assessment, risk)
);
CREATE INDEX assessment_by_case ON assessment ("case", assessment);

-- A danger is answered once; only an assessment that found one can be.
CREATE TABLE danger_answer (
    assessment  uuid PRIMARY KEY,
    risk        text NOT NULL DEFAULT 'danger' CHECK (risk = 'danger'),
    action      text NOT NULL,
    notes       sealed,
    answered_at timestamptz NOT NULL,
    "on"        date NOT NULL,
    in_time     boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    FOREIGN KEY (assessment, risk) REFERENCES assessment (assessment, risk)
);

CREATE TABLE case_closure (
    "case"      uuid PRIMARY KEY REFERENCES welfare_case,
    outcome     text NOT NULL,
    reason      sealed,
    closed_on   date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON case_assignment, assessment, danger_answer, case_closure FROM :runtime;

-- Nothing is added to a closed case. The share lock makes a closing that runs at the same time wait, or be waited for.
CREATE FUNCTION case_is_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    PERFORM FROM welfare_case WHERE "case" = NEW."case" AND state = 'open' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the case is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_is_open', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_is_open BEFORE INSERT ON assessment FOR EACH ROW EXECUTE FUNCTION case_is_open();
CREATE TRIGGER case_is_open BEFORE INSERT ON case_assignment FOR EACH ROW EXECUTE FUNCTION case_is_open();
CREATE TRIGGER case_is_open BEFORE INSERT ON case_closure FOR EACH ROW EXECUTE FUNCTION case_is_open();

-- A case is closed once, with its closure beside it, and never over a danger that nobody answered.
CREATE FUNCTION case_closes_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    IF OLD.state = 'closed'
       OR NOT EXISTS (SELECT FROM case_closure WHERE "case" = NEW."case")
       OR EXISTS (SELECT FROM assessment a LEFT JOIN danger_answer d USING (assessment)
                  WHERE a."case" = NEW."case" AND a.risk = 'danger' AND d.assessment IS NULL
                    AND EXISTS (SELECT FROM clock WHERE cause = a.assessment AND met_at IS NULL)) THEN
        RAISE EXCEPTION 'the case cannot be closed so'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_closes_once', TABLE = 'welfare_case';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_closes_once BEFORE UPDATE OF state ON welfare_case
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION case_closes_once();

CREATE FUNCTION case_closure_closes() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM welfare_case WHERE "case" = NEW."case" AND state <> 'closed') THEN
        RAISE EXCEPTION 'a closure without its case closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_closure_closes', TABLE = 'case_closure';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER case_closure_closes AFTER INSERT ON case_closure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION case_closure_closes();
