-- What the figures must remember of a subject between two of its events, in each slot: one row for each subject.

CREATE TABLE known_group (
    slot          text NOT NULL,
    "group"       uuid NOT NULL,
    kind          text NOT NULL,
    area          uuid NOT NULL,
    registered_on date,
    verified_on   date,
    PRIMARY KEY (slot, "group")
) PARTITION BY LIST (slot);
CREATE TABLE known_group_a PARTITION OF known_group FOR VALUES IN ('a');
CREATE TABLE known_group_b PARTITION OF known_group FOR VALUES IN ('b');

CREATE TABLE known_organisation (
    slot         text NOT NULL,
    organisation uuid NOT NULL,
    kind         text NOT NULL,
    level        text NOT NULL,
    area         uuid NOT NULL,
    state        text NOT NULL CHECK (state IN ('submitted', 'registered', 'refused')),
    PRIMARY KEY (slot, organisation)
) PARTITION BY LIST (slot);
CREATE TABLE known_organisation_a PARTITION OF known_organisation FOR VALUES IN ('a') WITH (fillfactor = 90);
CREATE TABLE known_organisation_b PARTITION OF known_organisation FOR VALUES IN ('b') WITH (fillfactor = 90);

CREATE TABLE known_collaborator (
    slot         text NOT NULL,
    collaborator uuid NOT NULL,
    area         uuid NOT NULL,
    serving      boolean NOT NULL,
    PRIMARY KEY (slot, collaborator)
) PARTITION BY LIST (slot);
CREATE TABLE known_collaborator_a PARTITION OF known_collaborator FOR VALUES IN ('a');
CREATE TABLE known_collaborator_b PARTITION OF known_collaborator FOR VALUES IN ('b');

CREATE TABLE known_loan (
    slot         text NOT NULL,
    loan         uuid NOT NULL,
    pot          text NOT NULL,
    area         uuid NOT NULL,
    disbursed_on date NOT NULL,
    repaid_on    date,
    PRIMARY KEY (slot, loan)
) PARTITION BY LIST (slot);
CREATE TABLE known_loan_a PARTITION OF known_loan FOR VALUES IN ('a') WITH (fillfactor = 90);
CREATE TABLE known_loan_b PARTITION OF known_loan FOR VALUES IN ('b') WITH (fillfactor = 90);

CREATE TABLE known_case (
    slot      text NOT NULL,
    "case"    uuid NOT NULL,
    category  text NOT NULL,
    sex       text NOT NULL,
    age_band  text NOT NULL,
    area      uuid NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    outcome   text,
    PRIMARY KEY (slot, "case"),
    CHECK ((closed_on IS NULL) = (outcome IS NULL))
) PARTITION BY LIST (slot);
CREATE TABLE known_case_a PARTITION OF known_case FOR VALUES IN ('a') WITH (fillfactor = 90);
CREATE TABLE known_case_b PARTITION OF known_case FOR VALUES IN ('b') WITH (fillfactor = 90);

CREATE TABLE known_complaint (
    slot                 text NOT NULL,
    complaint            uuid NOT NULL,
    kind                 text NOT NULL,
    category             text NOT NULL,
    channel              text NOT NULL,
    country              text NOT NULL,
    area                 uuid NOT NULL,
    received_on          date NOT NULL,
    acknowledged_on      date,
    acknowledged_in_time boolean,
    answered_on          date,
    answered_in_time     boolean,
    due_at               timestamptz,   -- of the promise to answer, once it was broken
    overdue_on           date,          -- that moment's local date; null while the country's time zone is not known
    PRIMARY KEY (slot, complaint),
    CHECK ((acknowledged_on IS NULL) = (acknowledged_in_time IS NULL)),
    CHECK ((answered_on IS NULL) = (answered_in_time IS NULL))
) PARTITION BY LIST (slot);
CREATE TABLE known_complaint_a PARTITION OF known_complaint FOR VALUES IN ('a') WITH (fillfactor = 85);
CREATE TABLE known_complaint_b PARTITION OF known_complaint FOR VALUES IN ('b') WITH (fillfactor = 85);
CREATE INDEX known_complaint_breached ON known_complaint (country) WHERE due_at IS NOT NULL;

-- Empty a slot that does not answer. TRUNCATE leaves nothing behind to clean up, and needs the owner.
CREATE FUNCTION clear_figures(slot text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM figures_version v WHERE v.slot = clear_figures.slot AND v.state = 'live') THEN
        RAISE EXCEPTION 'slot % answers and is not cleared', clear_figures.slot;
    END IF;
    IF clear_figures.slot NOT IN ('a', 'b') THEN
        RAISE EXCEPTION 'no such slot';
    END IF;
    EXECUTE format('TRUNCATE measure_%1$s, known_group_%1$s, known_organisation_%1$s, known_collaborator_%1$s,
                             known_loan_%1$s, known_case_%1$s, known_complaint_%1$s', clear_figures.slot);
END $$;
