CREATE TABLE application (
    application     uuid PRIMARY KEY,
    reference       text NOT NULL UNIQUE,
    "group"         uuid NOT NULL,
    country         text NOT NULL,
    council         uuid NOT NULL,
    ward            uuid NOT NULL,
    pot             text NOT NULL CHECK (pot IN ('women', 'youth', 'pwd')),
    amount          bigint NOT NULL CHECK (amount > 0),
    approved_amount bigint CHECK (approved_amount > 0),
    approved_on     date,
    product         text NOT NULL,
    "on"            date NOT NULL,
    minutes         text,
    letter          text,
    plan            text,
    finding         text,
    rule_version    text NOT NULL,
    status          text NOT NULL CHECK (status IN ('submitted', 'approved', 'rejected', 'disbursed', 'closed')),
    live            boolean NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    recorded_at     timestamptz NOT NULL,
    CONSTRAINT approved_within_asked CHECK (approved_amount <= amount),
    CONSTRAINT live_until_ended CHECK (live = (status NOT IN ('rejected', 'closed')))
);
CREATE UNIQUE INDEX one_live_application_per_group ON application ("group") WHERE live;
CREATE INDEX application_by_ward ON application (ward, application);

-- Who took which step when; what maker and checker are told apart by.
CREATE TABLE application_step (
    application uuid NOT NULL REFERENCES application,
    step        text NOT NULL,
    "on"        date NOT NULL,
    actor       text NOT NULL,
    reason_code text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (application, step)
);
CREATE TRIGGER application_step_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON application_step
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON application_step FROM :runtime;

-- The judgement as it was made: each criterion, and the facts it was made on, by member id.
CREATE TABLE application_criterion (
    application uuid NOT NULL REFERENCES application,
    criterion   text NOT NULL,
    met         boolean NOT NULL,
    members     uuid[] NOT NULL DEFAULT '{}',   -- those who do not meet it
    PRIMARY KEY (application, criterion)
);
CREATE TABLE application_member (
    application       uuid NOT NULL REFERENCES application,
    member            uuid NOT NULL,
    age               smallint NOT NULL,
    adult             boolean NOT NULL,
    citizen           boolean NOT NULL,
    formally_employed boolean NOT NULL,
    disability        boolean NOT NULL,
    other_groups      integer NOT NULL,
    PRIMARY KEY (application, member)
);
CREATE TRIGGER application_criterion_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON application_criterion
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_member_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON application_member
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON application_criterion, application_member FROM :runtime;

-- Who is bound by an approved or unpaid loan. The key is the member alone: nobody is bound twice, whichever of two
-- groups is approved first.
CREATE TABLE borrower (
    member      uuid PRIMARY KEY,
    application uuid NOT NULL REFERENCES application
);
CREATE INDEX borrower_by_application ON borrower (application);
