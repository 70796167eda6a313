CREATE TABLE parcel (
    parcel  uuid PRIMARY KEY,
    weight  bigint NOT NULL CHECK (weight > 0),
    label   text UNIQUE,
    posted_at timestamptz NOT NULL
);
CREATE TABLE arrival (
    position bigserial PRIMARY KEY,
    parcel   uuid NOT NULL,
    place    text NOT NULL,
    UNIQUE (parcel, place)
);
CREATE TABLE landed (
    event uuid PRIMARY KEY
);
