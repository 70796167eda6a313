-- The people in the records. Whatever tells who somebody is stands sealed under a key of that person alone; the keys
-- are in a database of their own, and who loses the key is unreadable here and in every copy of this.

-- A sealed value begins with its version, a nonce and a tag: words typed by somebody never fit by accident.
CREATE DOMAIN sealed AS bytea CHECK (octet_length(VALUE) >= 29 AND get_byte(VALUE, 0) = 1);

CREATE TABLE person (
    person      uuid PRIMARY KEY,
    country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    sex         text NOT NULL CHECK (sex IN ('female', 'male', 'not_recorded')),
    names       sealed,
    born_on     sealed,
    national_id sealed,
    phone       sealed,
    email       sealed,
    address     sealed,
    recorded_at timestamptz NOT NULL,
    erased_on   date,
    CHECK (erased_on IS NULL OR (names IS NULL AND born_on IS NULL AND national_id IS NULL
                                 AND phone IS NULL AND email IS NULL AND address IS NULL))
);
REVOKE UPDATE, DELETE, TRUNCATE ON person FROM :runtime;
GRANT UPDATE (names, born_on, national_id, phone, email, address, erased_on) ON person TO :runtime;

CREATE FUNCTION person_stays_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = :schema, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'an erased person stays erased'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'person_stays_erased', TABLE = 'person';
END $$;
CREATE TRIGGER person_stays_erased BEFORE UPDATE ON person
    FOR EACH ROW WHEN (OLD.erased_on IS NOT NULL) EXECUTE FUNCTION person_stays_erased();

-- Keyed hashes by which a person is found again: the same national id or telephone number gives the same hash.
CREATE TABLE person_index (
    kind   text NOT NULL CHECK (kind IN ('national_id', 'phone')),
    hash   bytea NOT NULL CHECK (octet_length(hash) = 32),
    person uuid NOT NULL REFERENCES person,
    PRIMARY KEY (kind, hash, person)
);
CREATE INDEX person_index_by_person ON person_index (person);
REVOKE UPDATE, TRUNCATE ON person_index FROM :runtime;
