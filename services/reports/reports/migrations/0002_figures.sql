-- Figures: sums over the facts, kept twice, so that a rebuild fills one slot while the other answers.

CREATE TABLE figures_version (
    version     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot        text NOT NULL CHECK (slot IN ('a', 'b')),
    state       text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    definitions bytea,                          -- sha256 of the definitions that it was made by; null before the first fact
    began_at    timestamptz NOT NULL DEFAULT now(),
    live_at     timestamptz
);
CREATE UNIQUE INDEX figures_version_one_live ON figures_version (state) WHERE state = 'live';
CREATE UNIQUE INDEX figures_version_one_building ON figures_version (state) WHERE state = 'building';
INSERT INTO figures_version (slot, state, live_at) VALUES ('a', 'live', now());
REVOKE DELETE, TRUNCATE ON figures_version FROM :runtime;

-- How far a rebuild has come, and which facts it left out.
CREATE TABLE figures_progress (
    version  bigint NOT NULL REFERENCES figures_version,
    source   text NOT NULL,
    log      uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (version, source, log)
);
CREATE TABLE figures_left_out (
    version  bigint NOT NULL REFERENCES figures_version,
    source   text NOT NULL,
    log      uuid NOT NULL,
    position bigint NOT NULL,
    why      text NOT NULL CHECK (why IN ('parked', 'failed')),
    PRIMARY KEY (version, source, log, position)
);

-- What changed in an area in a stretch of time, by up to three dimensions of the indicator. Every change is kept by day,
-- month, quarter and year, so that the sum over any period, or up to any day, touches few rows. A row of value 0 says
-- the same as no row.
CREATE TABLE measure (
    slot      text NOT NULL,
    indicator text NOT NULL,
    grain     text NOT NULL CHECK (grain IN ('day', 'month', 'quarter', 'year')),
    starts_on date NOT NULL,
    area      uuid NOT NULL,
    dim1      text NOT NULL,
    dim2      text NOT NULL,
    dim3      text NOT NULL,
    value     bigint NOT NULL,
    PRIMARY KEY (slot, indicator, grain, starts_on, area, dim1, dim2, dim3)
) PARTITION BY LIST (slot);
CREATE TABLE measure_a PARTITION OF measure FOR VALUES IN ('a') WITH (fillfactor = 80);
CREATE TABLE measure_b PARTITION OF measure FOR VALUES IN ('b') WITH (fillfactor = 80);
