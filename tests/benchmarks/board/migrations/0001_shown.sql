CREATE TABLE shown (
    thing   uuid PRIMARY KEY,
    ward    uuid NOT NULL,
    "on"    date NOT NULL,
    kind    text NOT NULL,
    amount  bigint NOT NULL,
    version bigint NOT NULL
);
