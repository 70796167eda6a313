-- Groups that borrow, and their members. What is personal, or may hold personal words, is sealed under the key of its
-- person; a group's own (its bank account, what it plans, what a verifier found) under the key that bears its id.

CREATE TABLE registered_group (
    "group"            uuid PRIMARY KEY,
    reference          text NOT NULL UNIQUE,
    kind               text NOT NULL CHECK (kind IN ('women', 'youth', 'pwd')),
    name               text NOT NULL,
    folded             text NOT NULL,
    country            text NOT NULL REFERENCES country,
    council            uuid NOT NULL REFERENCES area,
    ward               uuid NOT NULL REFERENCES area,
    village            uuid REFERENCES area,
    enterprise         bytea,
    plan               bytea,
    bank               text,
    bank_account       bytea,
    bank_account_index bytea,
    status             text NOT NULL CHECK (status IN ('registered', 'verified', 'refused')),
    registered_on      date NOT NULL,
    registered_by      text NOT NULL,
    decided_on         date CHECK (decided_on >= registered_on),
    decided_by         text CHECK (decided_by <> registered_by),     -- maker and checker differ
    reason_code        text,
    findings           bytea,
    version            integer NOT NULL CHECK (version > 0),
    recorded_at        timestamptz NOT NULL,
    CHECK ((bank_account IS NULL) = (bank_account_index IS NULL)),
    CHECK ((bank_account IS NULL) = (bank IS NULL)),
    CHECK ((status = 'registered') = (decided_on IS NULL)),
    CHECK ((decided_on IS NULL) = (decided_by IS NULL)),
    CHECK ((status = 'refused') = (reason_code IS NOT NULL))
);
-- An account belongs to one group; a refused one gives it free.
CREATE UNIQUE INDEX one_group_per_bank_account ON registered_group (bank_account_index) WHERE status <> 'refused';
CREATE INDEX registered_group_by_ward ON registered_group (ward, "group");
CREATE INDEX registered_group_by_words ON registered_group USING gin (to_tsvector('simple', folded));

-- A person who is or was a member of a group. The id is also the name of the person's key.
CREATE TABLE member (
    member            uuid PRIMARY KEY,
    country           text NOT NULL REFERENCES country,
    national_id_index bytea UNIQUE,             -- keyed hash of the number: one person, one row; null once erased
    national_id       bytea NOT NULL,
    name              bytea NOT NULL,
    born_on           bytea NOT NULL,
    phone             bytea,
    sex               text NOT NULL CHECK (sex IN ('female', 'male')),
    recorded_at       timestamptz NOT NULL
);

CREATE TABLE membership (
    "group"           uuid NOT NULL REFERENCES registered_group,
    member            uuid NOT NULL REFERENCES member,
    position          text NOT NULL CHECK (position IN ('chair', 'secretary', 'treasurer', 'member')),
    citizen           boolean NOT NULL,
    formally_employed boolean NOT NULL,
    disability        boolean NOT NULL,
    joined_on         date NOT NULL,
    left_on           date CHECK (left_on >= joined_on),      -- the first day on which the person was no member
    recorded_at       timestamptz NOT NULL,
    PRIMARY KEY ("group", member)
);
-- One person in one group only, across all councils.
CREATE UNIQUE INDEX one_group_per_person ON membership (member) WHERE left_on IS NULL;
