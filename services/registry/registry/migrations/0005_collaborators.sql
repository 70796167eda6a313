-- Social-work collaborators: numbered decisions, whom they appoint, and who has left since.

CREATE TABLE decision (
    decision     uuid PRIMARY KEY,
    country      text NOT NULL REFERENCES country,
    number       text NOT NULL,                 -- as typed
    folded       text NOT NULL,                 -- as compared: 1897/QĐ-UBND and 1897/QD-UBND are one number
    issued_on    date NOT NULL,
    issued_in    integer GENERATED ALWAYS AS (extract(year FROM issued_on)::integer) STORED,
    issuer       text NOT NULL,
    effective_on date NOT NULL,
    area         uuid NOT NULL REFERENCES area,
    rule_version text NOT NULL,                 -- the qualification rules by which it was judged
    recorded_by  text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT one_decision_per_number_and_year UNIQUE (country, issued_in, folded)
);
REVOKE UPDATE, DELETE, TRUNCATE ON decision FROM :runtime;

-- The id is also the name of the person's key.
CREATE TABLE collaborator (
    collaborator     uuid PRIMARY KEY,
    decision         uuid NOT NULL REFERENCES decision,
    place            integer NOT NULL CHECK (place > 0),      -- in the decision's list, from 1
    country          text NOT NULL REFERENCES country,
    area             uuid NOT NULL REFERENCES area,
    name             bytea NOT NULL,
    born_on          bytea NOT NULL,
    phone            bytea,
    qualification    text NOT NULL,
    field            text NOT NULL,
    certificate      boolean NOT NULL,
    effective_on     date NOT NULL,
    exited_on        date CHECK (exited_on >= effective_on),  -- the first day off the roster
    exit_reason_code text,
    exit_instrument  text,
    exit_recorded_by text,
    version          integer NOT NULL CHECK (version > 0),
    recorded_at      timestamptz NOT NULL,
    UNIQUE (decision, place),
    CHECK ((exited_on IS NULL) = (exit_reason_code IS NULL)),
    CHECK (exit_instrument IS NULL OR exited_on IS NOT NULL)
);
CREATE INDEX collaborator_by_area ON collaborator (area, collaborator);

-- Who serves on a day, within a caller's areas, and in an area and below or in a country where one is asked for: one
-- condition for the count and for the list.
CREATE FUNCTION collaborators_serving(day date, areas text[], within text, in_country text)
RETURNS SETOF collaborator LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT c.* FROM :schema.collaborator c
    WHERE c.effective_on <= day AND (c.exited_on > day) IS NOT FALSE
      AND ('*' = ANY (areas) OR c.area IN (SELECT v.area FROM :schema.visible_area(areas) v))
      AND (within IS NULL OR c.area IN (SELECT v.area FROM :schema.visible_area(ARRAY[within]) v))
      AND (in_country IS NULL OR c.country = in_country)
$$;
