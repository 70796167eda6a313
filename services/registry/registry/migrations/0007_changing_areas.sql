-- Areas that are renamed, moved, split, merged, created and abolished, each by its legal instrument.

-- A range over ids, so that "the same area, at one time" can be excluded without an extension.
CREATE TYPE id_range AS RANGE (subtype = uuid);

-- An area's last version may end without a next one: then the area was abolished.
ALTER TABLE area_version
    ADD COLUMN abolished boolean NOT NULL DEFAULT false,
    ADD COLUMN next_from date GENERATED ALWAYS AS (CASE WHEN NOT abolished THEN valid_to END) STORED,
    ADD CONSTRAINT abolished_on_a_day CHECK (NOT abolished OR valid_to IS NOT NULL),
    DROP CONSTRAINT area_version_area_valid_to_key,
    DROP CONSTRAINT area_version_area_valid_to_fkey,
    -- No two versions of one area on one day; each but the last ends where another one begins, and but one is the last.
    ADD CONSTRAINT one_version_a_day
        EXCLUDE USING gist (id_range(area, area, '[]') WITH =, daterange(valid_from, valid_to) WITH &&)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT one_last_version UNIQUE NULLS NOT DISTINCT (area, next_from) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT no_gap FOREIGN KEY (area, next_from) REFERENCES area_version (area, valid_from)
        DEFERRABLE INITIALLY DEFERRED;

-- Who took over, wholly or in part. The weights of one split say how what cannot be told apart is shared.
CREATE TABLE area_succession (
    area        uuid NOT NULL REFERENCES area,
    successor   uuid NOT NULL REFERENCES area,
    "on"        date NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('split', 'merge')),
    weight      integer CHECK (weight > 0),
    instrument  text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (area, successor, "on"),
    CHECK (area <> successor OR kind = 'split'),        -- what is left of a split area is one of its own parts
    CHECK (weight IS NULL OR kind = 'split')
);
CREATE INDEX area_succession_by_successor ON area_succession (successor);
REVOKE UPDATE, DELETE, TRUNCATE ON area_succession FROM :runtime;
