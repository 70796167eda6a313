-- What the figures must remember of a loan so that each day's figure is right whatever order its events come in:
-- payments by value date (a payment too many is a credit from the day on which nothing was left to pay), and how
-- late the loan was from which day on. Figures made before this are to be made again: `python -m reports rebuild`.

ALTER TABLE known_loan
    ALTER COLUMN disbursed_on DROP NOT NULL,
    DROP COLUMN repaid_on,
    ADD COLUMN council        uuid,
    ADD COLUMN principal      bigint,
    ADD COLUMN voided_on      date,
    ADD COLUMN written_off_on date,
    ADD COLUMN rescheduled_on date,
    ADD COLUMN came_in        bigint NOT NULL DEFAULT 0,    -- all payments together, reversed ones too
    ADD COLUMN paid_on        date[] NOT NULL DEFAULT '{}', -- value dates of payments and of their reversals,
    ADD COLUMN paid           bigint[] NOT NULL DEFAULT '{}', -- and what came in on each, negative where reversed
    ADD COLUMN late_on        date[] NOT NULL DEFAULT '{}', -- days on which the loan came into another bucket,
    ADD COLUMN late_bucket    bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN late_overdue   bigint[] NOT NULL DEFAULT '{}',
    ADD CHECK (cardinality(paid_on) = cardinality(paid)),
    ADD CHECK (cardinality(late_on) = cardinality(late_bucket) AND cardinality(late_on) = cardinality(late_overdue));

-- What a council, or somebody above it, said last of one thing: the bank's balance, the revenue of a quarter, the books
-- of a quarter, a bank statement, whether the scheme lends. One row for each day that it was said of.
CREATE TABLE known_told (
    slot    text NOT NULL,
    kind    text NOT NULL CHECK (kind IN ('account', 'books', 'revenue', 'scheme', 'statement')),
    area    uuid NOT NULL,
    thing   text NOT NULL,
    told_on date NOT NULL,
    amounts bigint[] NOT NULL,
    PRIMARY KEY (slot, kind, area, thing, told_on)
) PARTITION BY LIST (slot);
CREATE TABLE known_told_a PARTITION OF known_told FOR VALUES IN ('a');
CREATE TABLE known_told_b PARTITION OF known_told FOR VALUES IN ('b');

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
                             known_loan_%1$s, known_case_%1$s, known_complaint_%1$s, known_told_%1$s', clear_figures.slot);
END $$;
