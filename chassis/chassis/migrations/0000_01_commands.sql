-- Every command that took effect: the audit record, and what makes a repeated command safe.
CREATE TABLE command (
    command   uuid PRIMARY KEY,
    actor     text NOT NULL,
    method    text NOT NULL,
    body_hmac bytea NOT NULL,      -- keyed hash of the validated body: proves sameness, tells nothing
    reply     jsonb NOT NULL,      -- ids, codes and figures, never a personal word
    at        timestamptz NOT NULL
);
CREATE INDEX command_by_time ON command (at);
REVOKE UPDATE, DELETE, TRUNCATE ON command FROM :runtime;

-- Due moments. Kept once per (subject, kind); handled in the transaction that marks them.
CREATE TABLE deadline (
    subject  uuid NOT NULL,
    kind     text NOT NULL,
    due_at   timestamptz NOT NULL,
    data     jsonb NOT NULL DEFAULT '{}',
    fired_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    retry_at timestamptz,          -- after a failed try; so that those that keep failing hold up no other
    PRIMARY KEY (subject, kind)
);
CREATE INDEX deadline_due ON deadline (coalesce(retry_at, due_at)) WHERE fired_at IS NULL;
