-- This service's own copy of countries, areas and public holidays, kept from the registry's events. Rows may arrive in
-- any order: nothing here refers to a row that must be there first.

CREATE TABLE scope_country (
    country                 text PRIMARY KEY,
    name                    text NOT NULL,
    time_zone               text NOT NULL,
    currency                text NOT NULL,
    fiscal_year_start_month integer NOT NULL CHECK (fiscal_year_start_month BETWEEN 1 AND 12),
    languages               text[] NOT NULL,
    level_names             jsonb NOT NULL
);

-- A version of an area is in force from `valid_from` up to, not including, `valid_to`. The version that answers for a
-- date on which none is in force is the nearest earlier one, or else the first: so that records of an abolished area
-- stay visible to those whose area it was. `answers_from` and `answers_to` (from year 1, to year 9999) say so without
-- a search.
CREATE TABLE scope_area (
    area         uuid NOT NULL,
    country      text NOT NULL,
    level        text NOT NULL,
    code         text NOT NULL,
    name         text NOT NULL,
    parent       uuid,
    path         uuid[] NOT NULL,             -- from the root of the tree to the area itself
    valid_from   date NOT NULL,
    valid_to     date,
    answers_from date NOT NULL,
    answers_to   date NOT NULL,
    PRIMARY KEY (area, valid_from),
    CHECK (valid_to > valid_from),
    CHECK (path[array_upper(path, 1)] = area),
    CHECK (parent IS NOT DISTINCT FROM path[array_upper(path, 1) - 1])
);
-- Read by every list, written when the map changes: so no list of pending entries that each reader must go through.
CREATE INDEX scope_area_by_path ON scope_area USING gin (path) WITH (fastupdate = off);

-- No two versions of one area are in force on one day. An exclusion constraint would need an extension; this looks at
-- the rows of a whole statement at once. By the primary key, always: a session keeps the plan that it made first, and
-- one made for the load of a whole country would read every area for each single one that comes later.
CREATE FUNCTION scope_area_versions_apart() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        JOIN scope_area other ON other.area = written.area AND other.valid_from <> written.valid_from
        WHERE daterange(other.valid_from, other.valid_to) && daterange(written.valid_from, written.valid_to)
    ) THEN
        RAISE EXCEPTION 'two versions of one area are in force on one day'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'scope_area_versions_apart', TABLE = 'scope_area';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER scope_area_versions_apart_inserted AFTER INSERT ON scope_area
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION scope_area_versions_apart();
CREATE TRIGGER scope_area_versions_apart_updated AFTER UPDATE ON scope_area
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION scope_area_versions_apart();

-- What was published for the year, and what an officer decided for the day, which goes before it.
CREATE TABLE scope_holiday (
    country    text NOT NULL,
    "on"       date NOT NULL,
    published  text,                          -- the name published, null where none is
    overridden boolean,                       -- null: as published; true: a holiday; false: a working day
    name       text,                          -- of the holiday that the override makes
    PRIMARY KEY (country, "on"),
    CHECK (published IS NOT NULL OR overridden IS NOT NULL),
    CHECK (overridden IS NOT TRUE OR name IS NOT NULL)
);

-- The areas that a caller with these areas may see: those, and all below them; '*' is all. Two branches, because the
-- planner leaves out the one whose condition is false; no SET clause, because it would keep the function from being
-- inlined.
CREATE FUNCTION visible_area(areas text[], as_of date DEFAULT CURRENT_DATE) RETURNS TABLE (area uuid)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT a.area FROM :schema.scope_area a
    WHERE '*' <> ALL (areas) AND a.path && array_remove(areas, '*')::uuid[]
      AND a.answers_from <= as_of AND as_of < a.answers_to
    UNION ALL
    SELECT a.area FROM :schema.scope_area a
    WHERE '*' = ANY (areas) AND a.answers_from <= as_of AND as_of < a.answers_to
$$;
