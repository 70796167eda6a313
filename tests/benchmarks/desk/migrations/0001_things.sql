CREATE TABLE thing (
    thing     uuid PRIMARY KEY,
    household uuid NOT NULL,
    ward      uuid NOT NULL,
    "on"      date NOT NULL,
    amount    bigint NOT NULL CHECK (amount > 0),
    kind      text NOT NULL,
    reference text NOT NULL,
    note      text,
    members   integer NOT NULL,
    urgent    boolean,
    seen_at   timestamptz
);
