-- A restore of this service's schema ends its log and begins another that continues it: who followed the old log beyond
-- `upto` holds facts that are lost here. Written by the restore, as the owner; told to followers with the log's head.
CREATE TABLE log_renewal (
    log        uuid PRIMARY KEY,             -- the log that ended
    upto       bigint NOT NULL CHECK (upto >= 0),
    chain      bytea NOT NULL CHECK (length(chain) = 32),
    renewed_at timestamptz NOT NULL DEFAULT now()
);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON log_renewal FROM :runtime;

-- After a restore the queues may still hold facts that the restored source has lost: nothing is taken from them before
-- the source has told which log it is at.
ALTER TABLE stream_position ADD COLUMN unsure boolean NOT NULL DEFAULT false;

-- Each time that a stream was brought back to its source's log, by whom, and what it cost.
CREATE TABLE reconciliation (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    log           uuid NOT NULL,             -- that was left
    position      bigint NOT NULL,           -- how far it had been read
    forked_at     bigint NOT NULL,           -- up to here it was followed; from here the source's log goes the usual way
    lost          bigint NOT NULL,           -- facts put aside
    wanted_by     text NOT NULL,
    reconciled_at timestamptz NOT NULL DEFAULT now()
);
REVOKE UPDATE, DELETE, TRUNCATE ON reconciliation FROM :runtime;

-- The history of a source while a copy is made again from it; empty otherwise.
CREATE TABLE stream_history (
    source   text NOT NULL,
    position bigint NOT NULL,
    body     text NOT NULL,
    PRIMARY KEY (source, position)
);
