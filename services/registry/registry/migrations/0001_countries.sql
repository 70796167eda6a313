-- Countries with their calendars. A country stands at the root of its area tree.

CREATE TABLE country (
    country                 text PRIMARY KEY CHECK (country ~ '^[A-Z]{2}$'),
    name                    text NOT NULL,
    time_zone               text NOT NULL,
    currency                text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    fiscal_year_start_month integer NOT NULL CHECK (fiscal_year_start_month BETWEEN 1 AND 12),
    languages               text[] NOT NULL CHECK (cardinality(languages) > 0),      -- the office's own first
    levels                  text[] NOT NULL CHECK (levels[1] = 'country'),           -- from the root down
    level_names             jsonb NOT NULL,                                          -- language -> level -> name
    version                 integer NOT NULL CHECK (version > 0),
    recorded_at             timestamptz NOT NULL
);

-- The public holidays as published for a year.
CREATE TABLE holiday (
    country text NOT NULL REFERENCES country,
    "on"    date NOT NULL,
    name    text NOT NULL,
    PRIMARY KEY (country, "on")
);

-- What officers proclaimed or withdrew, each with its instrument; the last word on a day counts.
CREATE TABLE holiday_override (
    override    uuid PRIMARY KEY,
    country     text NOT NULL REFERENCES country,
    "on"        date NOT NULL,
    holiday     boolean NOT NULL,
    name        text CHECK (name IS NOT NULL OR NOT holiday),
    instrument  text NOT NULL,
    place       bigint GENERATED ALWAYS AS IDENTITY,       -- order of the words on one day
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX holiday_override_by_day ON holiday_override (country, "on", place);
REVOKE UPDATE, DELETE, TRUNCATE ON holiday_override FROM :runtime;
