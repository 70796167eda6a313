-- How far this service has read each source's log, and on which chain.
CREATE TABLE stream_position (
    source     text PRIMARY KEY,
    log        uuid NOT NULL,
    position   bigint NOT NULL CHECK (position >= 0),
    chain      bytea NOT NULL CHECK (length(chain) = 32),
    event_time timestamptz,                  -- of the last event taken in
    moved_at   timestamptz NOT NULL DEFAULT now(),
    forked     jsonb,                        -- set while the source's log does not continue what was read
    stopped    text                          -- why the stream stands still until a person resumes it
);

-- Events that could not be applied, with all later ones of their subject behind them, in order.
CREATE TABLE parked_event (
    source    text NOT NULL,
    log       uuid NOT NULL,
    position  bigint NOT NULL,
    event     uuid NOT NULL,
    type      text NOT NULL,
    subject   text NOT NULL,
    body      text NOT NULL,
    error     text,                          -- null: waits behind an earlier one
    attempts  integer NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT now(),
    wanted    text CHECK (wanted IN ('redrive', 'drop')),
    wanted_by text,
    PRIMARY KEY (source, log, position)
);
CREATE INDEX parked_event_by_subject ON parked_event (source, subject);

-- Events that are tried one by one after a run that did not end cleanly, noted before each try.
CREATE TABLE stream_try (
    source   text NOT NULL,
    log      uuid NOT NULL,
    position bigint NOT NULL,
    tries    integer NOT NULL DEFAULT 1,
    PRIMARY KEY (source, log, position)
);
CREATE TABLE stream_run (
    source  text PRIMARY KEY,
    clean   boolean NOT NULL
);
