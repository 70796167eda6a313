-- The last number given out for each prefix of public references, such as G-00012-7.
CREATE TABLE reference_counter (
    prefix text PRIMARY KEY CHECK (prefix ~ '^[A-Z]{1,4}$'),
    last   bigint NOT NULL CHECK (last > 0)
);
REVOKE DELETE, TRUNCATE ON reference_counter FROM :runtime;
