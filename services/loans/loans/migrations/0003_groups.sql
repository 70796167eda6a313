-- Our own copy of the registry's groups, kept by its events: ids, place and state, never a name.

CREATE TABLE known_group (
    "group"          uuid PRIMARY KEY,
    reference        text,
    kind             text CHECK (kind IN ('women', 'youth', 'pwd')),
    council          uuid,
    ward             uuid,
    status           text NOT NULL CHECK (status IN ('registered', 'verified', 'refused')),
    registered_on    date,
    verified_on      date,
    refused_on       date,
    reason_code      text,
    has_enterprise   boolean,
    has_bank_account boolean
);

CREATE TABLE known_group_member (
    "group" uuid NOT NULL,
    member  uuid NOT NULL,
    PRIMARY KEY ("group", member)
);
CREATE INDEX known_group_member_by_member ON known_group_member (member);
