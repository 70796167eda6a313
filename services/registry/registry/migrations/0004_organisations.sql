-- Civil-society organisations: submitted, then registered or refused by another person.

CREATE TABLE organisation (
    organisation        uuid PRIMARY KEY,
    reference           text NOT NULL UNIQUE,
    name                text NOT NULL,
    folded              text NOT NULL,
    country             text NOT NULL REFERENCES country,
    kind                text NOT NULL,
    level               text NOT NULL,
    area                uuid NOT NULL REFERENCES area,
    purpose             text,
    registration_number text CHECK (registration_number <> ''),     -- to the letter
    rule_version        text NOT NULL,                               -- the rules that admitted it
    status              text NOT NULL CHECK (status IN ('submitted', 'registered', 'refused')),
    submitted_on        date NOT NULL,
    submitted_by        text NOT NULL,
    decided_on          date CHECK (decided_on >= submitted_on),
    decided_by          text CHECK (decided_by <> submitted_by),     -- maker and checker differ
    reason_code         text,
    instrument          text,
    note                text,
    version             integer NOT NULL CHECK (version > 0),
    recorded_at         timestamptz NOT NULL,
    CHECK ((status = 'submitted') = (decided_on IS NULL)),
    CHECK ((decided_on IS NULL) = (decided_by IS NULL)),
    CHECK ((decided_on IS NULL) = (instrument IS NULL)),
    CHECK ((status = 'refused') = (reason_code IS NOT NULL)),
    CHECK (status <> 'registered' OR registration_number IS NOT NULL)
);
CREATE UNIQUE INDEX one_organisation_per_number ON organisation (country, registration_number)
    WHERE status = 'registered';
CREATE INDEX organisation_by_area ON organisation (area, organisation);
CREATE INDEX organisation_by_name ON organisation (country, folded);
CREATE INDEX organisation_by_words ON organisation USING gin (to_tsvector('simple', folded));
