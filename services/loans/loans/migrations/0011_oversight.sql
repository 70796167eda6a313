-- What others can see of a fund: whether the scheme lends, whether the set-asides are what the law asks for, and
-- whether the money is where the books say.

-- From `on` the scheme lends or does not, in an area and all below it; the latest word for an area counts.
CREATE TABLE scheme_change (
    area        uuid NOT NULL,
    country     text NOT NULL,
    national    boolean NOT NULL,
    "on"        date NOT NULL,
    lending     text NOT NULL CHECK (lending IN ('open', 'suspended')),
    instrument  text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (area, "on")
);
CREATE TRIGGER scheme_change_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON scheme_change
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON scheme_change FROM :runtime;

-- What a council took in during a quarter, by its own reports; the latest of a quarter counts.
CREATE TABLE revenue_report (
    report       uuid PRIMARY KEY,
    council      uuid NOT NULL REFERENCES fund,
    fiscal_year  text NOT NULL CHECK (fiscal_year ~ '^\d{4}(/\d{2})?$'),
    quarter      smallint NOT NULL CHECK (quarter BETWEEN 1 AND 4),
    "on"         date NOT NULL,
    own_source   bigint NOT NULL CHECK (own_source >= 0),
    earmarked    bigint NOT NULL CHECK (earmarked BETWEEN 0 AND own_source),
    expected     bigint NOT NULL CHECK (expected >= 0),
    rule_version text NOT NULL,
    instrument   text NOT NULL,
    recorded     bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL
);
CREATE INDEX revenue_report_of_quarter ON revenue_report (council, fiscal_year, quarter, recorded);
CREATE INDEX set_aside_of_quarter ON set_aside (council, fiscal_year, quarter);
CREATE TRIGGER revenue_report_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON revenue_report
    EXECUTE FUNCTION refuse_change();

-- What the bank says that the special account holds at the end of a day; the latest word for a day counts.
CREATE TABLE account_balance (
    council     uuid NOT NULL REFERENCES fund,
    "on"        date NOT NULL,
    balance     bigint NOT NULL CHECK (balance >= 0),
    instrument  text NOT NULL,
    recorded    bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (council, "on", recorded)
);
CREATE TRIGGER account_balance_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON account_balance
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON revenue_report, account_balance FROM :runtime;
