-- The life of a group after its registration: members join and leave, it is seen again or not found, it ceases.

ALTER TABLE registered_group
    DROP CONSTRAINT registered_group_status_check,
    ADD CONSTRAINT registered_group_status_check
        CHECK (status IN ('registered', 'verified', 'refused', 'not_found', 'ceased')),
    DROP CONSTRAINT registered_group_check4,
    -- A group may cease before anybody has verified it.
    ADD CONSTRAINT decided_unless_waiting CHECK (
        CASE status WHEN 'registered' THEN decided_on IS NULL WHEN 'ceased' THEN true ELSE decided_on IS NOT NULL END);
DROP INDEX one_group_per_bank_account;
CREATE UNIQUE INDEX one_group_per_bank_account ON registered_group (bank_account_index)
    WHERE status NOT IN ('refused', 'ceased');

-- What was found when, of whom the group's state follows; what an officer wrote is sealed under the group's key.
CREATE TABLE group_step (
    step        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "group"     uuid NOT NULL REFERENCES registered_group,
    status      text NOT NULL CHECK (status IN ('registered', 'verified', 'refused', 'not_found', 'ceased')),
    "on"        date NOT NULL,
    found_by    text CHECK (found_by IN ('visit', 'group')),
    reason_code text,
    findings    bytea,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CHECK ((status IN ('refused', 'ceased')) = (reason_code IS NOT NULL)),
    CHECK (status <> 'ceased' OR found_by IS NOT NULL)
);
CREATE INDEX group_step_of_group ON group_step ("group", "on", step);
CREATE UNIQUE INDEX group_ceases_once ON group_step ("group") WHERE status IN ('ceased', 'refused');
REVOKE UPDATE, DELETE, TRUNCATE ON group_step FROM :runtime;

INSERT INTO group_step ("group", status, "on", recorded_by, recorded_at)
SELECT "group", 'registered', registered_on, registered_by, recorded_at FROM registered_group ORDER BY "group";
INSERT INTO group_step ("group", status, "on", reason_code, findings, recorded_by, recorded_at)
SELECT "group", status, decided_on, reason_code, findings, decided_by, recorded_at
FROM registered_group WHERE decided_on IS NOT NULL ORDER BY "group";

-- A person may come back to a group that she left; why she left is a code.
ALTER TABLE membership
    DROP CONSTRAINT membership_pkey,
    ADD PRIMARY KEY ("group", member, joined_on),
    ADD COLUMN left_reason_code text,
    ADD CONSTRAINT reason_of_leaving CHECK (left_reason_code IS NULL OR left_on IS NOT NULL);
CREATE INDEX membership_of_member ON membership (member);
