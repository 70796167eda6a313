-- Who was erased, and why: applied again after a restore, so that a key that came back with a backup goes again.
CREATE TABLE erased_subject (
    subject   uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL,
    reason    text NOT NULL              -- a code, never a person's words
);
REVOKE UPDATE, DELETE, TRUNCATE ON erased_subject FROM :runtime;
