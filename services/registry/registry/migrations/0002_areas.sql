-- Areas and their versions. A code is ours and stays; what changes by law (name, level, parent) is a version.

CREATE TABLE area (
    area        uuid PRIMARY KEY,
    country     text NOT NULL REFERENCES country,
    code        text NOT NULL,
    root        boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (country, code)
);
CREATE UNIQUE INDEX one_root_per_country ON area (country) WHERE root;

CREATE TABLE area_version (
    area        uuid NOT NULL REFERENCES area,
    version     integer NOT NULL CHECK (version > 0),
    level       text NOT NULL,
    name        text NOT NULL,          -- as typed, NFC
    folded      text NOT NULL,          -- as compared: unaccented, lower case
    parent      uuid REFERENCES area,
    valid_from  date NOT NULL,
    valid_to    date,                   -- the first day on which it no longer holds; null while it does
    source      text NOT NULL,
    instrument  text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (area, version),
    CHECK (parent <> area),
    CHECK ((parent IS NULL) = (level = 'country')),
    CHECK (valid_to > valid_from),
    -- Versions of one area never overlap and leave no gap: each ends on the day on which another one begins, no two
    -- begin or end on one day, and but one is open. So they form a single chain.
    UNIQUE (area, valid_from),
    UNIQUE NULLS NOT DISTINCT (area, valid_to),
    FOREIGN KEY (area, valid_to) REFERENCES area_version (area, valid_from) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX area_version_by_parent ON area_version (parent);
CREATE INDEX area_version_by_words ON area_version USING gin (to_tsvector('simple', folded));
