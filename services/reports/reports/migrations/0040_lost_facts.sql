-- Facts that their source has lost, because it was restored to an earlier moment: out of every figure, and listed for
-- people to enter again.
CREATE TABLE lost_fact (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source      text NOT NULL,
    log         uuid NOT NULL,
    position    bigint NOT NULL,
    event       uuid NOT NULL,
    type        text NOT NULL,
    subject     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    body        text NOT NULL,                -- as it was published
    lost_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, log, position)
);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON lost_fact FROM :runtime;

-- The one way for a fact to leave: while its source's log is known to have forked, and into the list of the lost.
CREATE FUNCTION put_facts_aside(of_source text, after bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
DECLARE
    many bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM stream_position p WHERE p.source = of_source AND p.forked IS NOT NULL) THEN
        RAISE EXCEPTION 'the log of % has not forked: its facts stay', of_source USING ERRCODE = 'restrict_violation';
    END IF;
    WITH gone AS (
        DELETE FROM fact f WHERE f.source = of_source AND f.position > after
        RETURNING f.source, f.log, f.position, f.event, f.type, f.subject, f.recorded_at, f.body
    )
    INSERT INTO lost_fact (source, log, position, event, type, subject, recorded_at, body)
    SELECT * FROM gone ORDER BY position;
    GET DIAGNOSTICS many = ROW_COUNT;
    RETURN many;
END $$;
