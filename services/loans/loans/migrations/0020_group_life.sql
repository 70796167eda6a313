-- Groups that ceased or could not be found: what they still owe is seen from that day on.

ALTER TABLE known_group
    DROP CONSTRAINT known_group_status_check,
    ADD CONSTRAINT known_group_status_check
        CHECK (status IN ('registered', 'verified', 'refused', 'not_found', 'ceased')),
    ADD COLUMN lost_on date,            -- the day on which it was not found, or had ceased
    ADD CONSTRAINT lost_on_a_day CHECK ((status IN ('not_found', 'ceased')) = (lost_on IS NOT NULL));

-- Loans of such groups, from the day that was found to the day (the first one without danger) on which the group was
-- seen again.
CREATE TABLE endangered_loan (
    loan        uuid NOT NULL REFERENCES loan,
    cause       text NOT NULL CHECK (cause IN ('group_not_found', 'group_ceased')),
    since_on    date NOT NULL,
    over_on     date CHECK (over_on >= since_on),
    recorded_at timestamptz NOT NULL,
    place       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE UNIQUE INDEX one_danger_at_a_time ON endangered_loan (loan) WHERE over_on IS NULL;
REVOKE DELETE, TRUNCATE ON endangered_loan FROM :runtime;
