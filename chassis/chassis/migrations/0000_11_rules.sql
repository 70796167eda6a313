-- Dated rules, loaded from files by the owner. A version never changes: a decision of its time is judged by it for ever.
CREATE TABLE rule (
    name          text NOT NULL,
    country       text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    version       text NOT NULL,
    in_force_from date NOT NULL,
    source        text NOT NULL,              -- the law, guideline or decision that it comes from
    document      jsonb NOT NULL,
    checksum      bytea NOT NULL CHECK (octet_length(checksum) = 32),
    loaded_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, country, version),
    UNIQUE (name, country, in_force_from)
);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON rule FROM :runtime;
