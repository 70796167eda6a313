-- A council's fund and its three pots. They are also what a command locks: `fund` for facts of the whole council,
-- `pot` for whatever takes money out of one pot, so that the last money goes to exactly one of two.

CREATE TABLE fund (
    council uuid PRIMARY KEY,
    country text NOT NULL,
    version integer NOT NULL DEFAULT 0
);

CREATE TABLE pot (
    council uuid NOT NULL REFERENCES fund,
    pot     text NOT NULL CHECK (pot IN ('women', 'youth', 'pwd')),
    PRIMARY KEY (council, pot)
);

-- Rows that state a fact stay as they are; a correction is a new, opposite fact.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% holds facts: it takes new rows and changes none', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE set_aside (
    set_aside    uuid PRIMARY KEY,
    council      uuid NOT NULL REFERENCES fund,
    fiscal_year  text NOT NULL CHECK (fiscal_year ~ '^\d{4}/\d{2}$'),
    quarter      smallint NOT NULL CHECK (quarter BETWEEN 1 AND 4),
    "on"         date NOT NULL,
    amount       bigint NOT NULL CHECK (amount > 0),
    women        bigint NOT NULL CHECK (women >= 0),
    youth        bigint NOT NULL CHECK (youth >= 0),
    pwd          bigint NOT NULL CHECK (pwd >= 0),
    instrument   text NOT NULL,
    rule_version text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT set_aside_is_split_whole CHECK (women + youth + pwd = amount)
);
-- One transfer is set aside once, however it is typed.
CREATE UNIQUE INDEX set_aside_instrument_once ON set_aside (council, lower(instrument));
CREATE TRIGGER set_aside_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON set_aside EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON set_aside FROM :runtime;
