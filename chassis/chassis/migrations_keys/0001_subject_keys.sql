-- One key for each person, wrapped by the service's key encryption key. Erasing a person deletes the row; backups of
-- this database are kept for 30 days at most, and with the last of them the person is unreadable everywhere.
--
-- Vacuum at once: a deleted key must leave the data files soon, not only become invisible.
CREATE TABLE subject_key (
    subject    uuid PRIMARY KEY,
    wrapped    bytea NOT NULL CHECK (octet_length(wrapped) = 61),   -- version of the wrapping key, nonce, key, tag
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);
