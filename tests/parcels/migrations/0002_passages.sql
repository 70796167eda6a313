-- Every event as often as it is handled: nothing but the stream's own position keeps it to once.
CREATE TABLE passage (
    position bigint NOT NULL,
    event    uuid NOT NULL
);
