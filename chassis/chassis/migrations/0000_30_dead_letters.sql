-- What operations want done with unreadable messages, by the digest of the message; and what became of each wish.
CREATE TABLE dead_letter_wish (
    command    uuid NOT NULL,
    letter     text NOT NULL CHECK (letter ~ '^[0-9a-f]{16}$'),
    wanted     text NOT NULL CHECK (wanted IN ('redrive', 'drop')),
    wanted_by  text NOT NULL,
    wanted_at  timestamptz NOT NULL,
    outcome    text CHECK (outcome IN ('dropped', 'taken_in', 'unreadable', 'not_yet', 'gone')),   -- null: still to do
    settled_at timestamptz,
    PRIMARY KEY (command, letter),
    CHECK ((outcome IS NULL) = (settled_at IS NULL))
);
CREATE INDEX dead_letter_wish_open ON dead_letter_wish (wanted_at) WHERE outcome IS NULL;
REVOKE DELETE, TRUNCATE ON dead_letter_wish FROM :runtime;
