-- Every event of the other services, once, as the very text that was published: what all figures are made of.

CREATE TABLE fact (
    source      text NOT NULL,
    log         uuid NOT NULL,
    position    bigint NOT NULL CHECK (position > 0),
    event       uuid NOT NULL,
    type        text NOT NULL,
    subject     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    area        uuid,                 -- the smallest place that the event names, if any: to find it again by place
    happened_on date,                 -- the local date that the event names, if any
    body        text NOT NULL,
    PRIMARY KEY (source, log, position)
) PARTITION BY LIST (source);
CREATE INDEX fact_by_id ON fact (event);
CREATE INDEX fact_by_place ON fact (type, area, happened_on) WHERE area IS NOT NULL;

CREATE TABLE fact_registry PARTITION OF fact FOR VALUES IN ('registry') PARTITION BY RANGE (position);
CREATE TABLE fact_loans PARTITION OF fact FOR VALUES IN ('loans') PARTITION BY RANGE (position);
CREATE TABLE fact_cases PARTITION OF fact FOR VALUES IN ('cases') PARTITION BY RANGE (position);

-- A partition holds a million positions. The service asks for the next one before it needs it; it may not create tables
-- itself, so this function of the owner does it, and tells whether the partition was there. Attaching an empty table does
-- not stop those who read.
CREATE FUNCTION ensure_fact_partition(source text, upto bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
DECLARE
    whole text := 'fact_' || source;
    part  bigint := upto / 1000000;
    name  text := format('%s_%s', whole, part);
BEGIN
    IF source NOT IN ('registry', 'loans', 'cases') THEN
        RAISE EXCEPTION 'no facts are kept of %', source;
    END IF;
    IF to_regclass(name) IS NOT NULL THEN
        RETURN true;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, whole);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   whole, name, part * 1000000, (part + 1) * 1000000);
    EXECUTE format('REVOKE ALL ON %I FROM :runtime', name);
    RETURN false;
END $$;
SELECT ensure_fact_partition(source, upto)
FROM unnest(ARRAY['registry', 'loans', 'cases']) AS source, unnest(ARRAY[0, 1000000]) AS upto;

-- What has happened stays.
REVOKE UPDATE, DELETE, TRUNCATE ON fact, fact_registry, fact_loans, fact_cases FROM :runtime;

-- Called where an event lacks a field that a figure needs: the event is then parked, and seen.
CREATE FUNCTION fact_incomplete(type text, "position" bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% at % lacks a field that figures need', type, "position" USING ERRCODE = 'not_null_violation';
END $$;
