-- What goes from one council to another when areas change. Figures made before this are to be made again:
-- `python -m reports rebuild`.

ALTER TABLE arrived_loans
    ADD COLUMN credit         bigint,
    ADD COLUMN handed_over_by uuid,
    ADD COLUMN reserved       bigint,
    ADD COLUMN shortfalls     jsonb;

-- Since when a council has a loan or an approval that it took over: what it comes to know of the days before is booked
-- on that day.
CREATE TABLE known_move (
    slot    text NOT NULL,
    subject uuid NOT NULL,
    council uuid NOT NULL,
    "on"    date NOT NULL,
    PRIMARY KEY (slot, subject, council)
) PARTITION BY LIST (slot);
CREATE TABLE known_move_a PARTITION OF known_move FOR VALUES IN ('a');
CREATE TABLE known_move_b PARTITION OF known_move FOR VALUES IN ('b');

-- Where a loan has been: the first council, and those that took it over; each payment with the number of its stay.
ALTER TABLE known_loan
    ADD COLUMN moved_on   date[] NOT NULL DEFAULT '{}',
    ADD COLUMN moved_to   uuid[] NOT NULL DEFAULT '{}', -- the councils,
    ADD COLUMN moved_into uuid[] NOT NULL DEFAULT '{}', -- and the wards
    ADD COLUMN paid_stay  bigint[] NOT NULL DEFAULT '{}',
    ADD CHECK (cardinality(moved_on) = cardinality(moved_to) AND cardinality(moved_on) = cardinality(moved_into));
UPDATE known_loan SET paid_stay = array_fill(0::bigint, ARRAY[cardinality(paid)]) WHERE cardinality(paid) > 0;
ALTER TABLE known_loan ADD CHECK (cardinality(paid_stay) = cardinality(paid));

CREATE OR REPLACE FUNCTION clear_figures(slot text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM figures_version v WHERE v.slot = clear_figures.slot AND v.state = 'live') THEN
        RAISE EXCEPTION 'slot % answers and is not cleared', clear_figures.slot;
    END IF;
    IF clear_figures.slot NOT IN ('a', 'b') THEN
        RAISE EXCEPTION 'no such slot';
    END IF;
    EXECUTE format('TRUNCATE measure_%1$s, known_group_%1$s, known_organisation_%1$s, known_collaborator_%1$s,
                             known_loan_%1$s, known_case_%1$s, known_complaint_%1$s, known_told_%1$s,
                             known_move_%1$s', clear_figures.slot);
END $$;
