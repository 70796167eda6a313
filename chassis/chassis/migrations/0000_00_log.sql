-- The log of a service: facts are written to `outbox` in the transaction that makes them true, and moved from
-- there to `event`, in order, by the one relay that leads.

CREATE TABLE outbox (
    id          bigserial PRIMARY KEY,
    event       uuid NOT NULL UNIQUE,
    type        text NOT NULL,
    subject     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    envelope    text NOT NULL CHECK (envelope LIKE '{%}')   -- without log, position and chain: the relay adds them
);

CREATE TABLE log_head (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    log       uuid NOT NULL,
    position  bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    chain     bytea NOT NULL CHECK (length(chain) = 32),
    published bigint NOT NULL DEFAULT 0 CHECK (published BETWEEN 0 AND position)
);
INSERT INTO log_head (log, chain) VALUES (gen_random_uuid(), sha256(''));

-- `body` is the very text that is hashed and published, never serialised again.
CREATE TABLE event (
    position    bigint NOT NULL,
    event       uuid NOT NULL,
    type        text NOT NULL,
    subject     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    body        text NOT NULL,
    chain       bytea NOT NULL CHECK (length(chain) = 32),   -- sha256(chain of the event before || body)
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);
CREATE INDEX event_by_id ON event (event);

-- A partition holds a million positions; the relay asks for the next one before it needs it. It may not create
-- tables itself, so this function of the owner does it.
CREATE FUNCTION ensure_event_partition(upto bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
DECLARE
    part bigint := upto / 1000000;
BEGIN
    IF to_regclass(format('event_%s', part)) IS NULL THEN
        EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%s) TO (%s)',
                       part, part * 1000000, (part + 1) * 1000000);
        EXECUTE format('REVOKE ALL ON event_%s FROM :runtime', part);
    END IF;
END $$;
SELECT ensure_event_partition(0);
SELECT ensure_event_partition(1000000);

REVOKE UPDATE, DELETE, TRUNCATE ON event FROM :runtime;
REVOKE INSERT, DELETE, TRUNCATE ON log_head FROM :runtime;
