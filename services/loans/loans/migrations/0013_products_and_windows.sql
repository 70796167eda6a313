-- What a council lends on, and when it takes applications in.

-- A country's or a council's own version of a loan product, beside those of the country's rules. What an application
-- was made under is kept with it: a later version changes nothing for it.
CREATE TABLE product_version (
    area          uuid NOT NULL,
    product       text NOT NULL,
    in_force_from date NOT NULL,
    country       text NOT NULL,
    term_months   smallint NOT NULL,
    grace_months  smallint NOT NULL CHECK (grace_months >= 0),
    every_months  smallint NOT NULL CHECK (every_months > 0),
    multiple_of   smallint NOT NULL CHECK (multiple_of IN (1, 100, 1000)),
    anchor_day    smallint CHECK (anchor_day BETWEEN 1 AND 31),
    shift         text NOT NULL
                  CHECK (shift IN ('next_working', 'previous_working', 'next_working_same_month', 'none')),
    instrument    text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    PRIMARY KEY (area, product, in_force_from),
    CONSTRAINT repaid_after_grace CHECK (grace_months < term_months),
    CONSTRAINT whole_instalments CHECK ((term_months - grace_months) % every_months = 0)
);
CREATE TRIGGER product_version_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON product_version
    EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON product_version FROM :runtime;
-- Null for applications that were taken in before products were kept: those are by the country's rules of their day.
ALTER TABLE application ADD COLUMN terms jsonb;

-- When a council takes applications in, by public notice. `ends_on` is the last day: as announced, or earlier once the
-- window was closed.
CREATE TABLE application_window (
    "window"     uuid PRIMARY KEY,
    council      uuid NOT NULL,
    country      text NOT NULL,
    fiscal_year  text NOT NULL CHECK (fiscal_year ~ '^\d{4}(/\d{2})?$'),
    quarter      smallint NOT NULL CHECK (quarter BETWEEN 1 AND 4),
    published_on date NOT NULL,
    opens_on     date NOT NULL,
    closes_on    date NOT NULL,
    ends_on      date NOT NULL,
    closed       boolean NOT NULL DEFAULT false,
    instrument   text NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT notice_before_window CHECK (published_on <= opens_on),
    CONSTRAINT window_has_days CHECK (opens_on <= closes_on),
    CONSTRAINT ends_within_announced CHECK (ends_on BETWEEN opens_on AND closes_on),
    CONSTRAINT windows_of_a_council_never_overlap EXCLUDE USING gist (
        council extensions.gist_uuid_ops WITH =, daterange(opens_on, ends_on, '[]') WITH &&)
);
CREATE INDEX application_window_by_council ON application_window (council, "window");
REVOKE DELETE, TRUNCATE ON application_window FROM :runtime;

ALTER TABLE application ADD COLUMN "window" uuid REFERENCES application_window;
CREATE INDEX application_by_window ON application ("window", "on");

-- An application lies in its window, whoever closes that in the same moment: each waits for the other.
CREATE FUNCTION require_within_window() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    PERFORM 1 FROM application_window w
    WHERE w."window" = NEW."window" AND w.council = NEW.council AND NEW."on" BETWEEN w.opens_on AND w.ends_on
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the application of % does not lie in its window', NEW."on"
            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_in_window';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_in_window BEFORE INSERT ON application
    FOR EACH ROW WHEN (NEW."window" IS NOT NULL) EXECUTE FUNCTION require_within_window();

-- Of a window nothing changes but its end, once, and no application is left outside.
CREATE FUNCTION require_one_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :schema, pg_temp AS $$
BEGIN
    IF OLD.closed OR NOT NEW.closed
       OR (NEW."window", NEW.council, NEW.country, NEW.fiscal_year, NEW.quarter, NEW.published_on, NEW.opens_on,
           NEW.closes_on, NEW.instrument)
          IS DISTINCT FROM (OLD."window", OLD.council, OLD.country, OLD.fiscal_year, OLD.quarter, OLD.published_on,
                            OLD.opens_on, OLD.closes_on, OLD.instrument) THEN
        RAISE EXCEPTION 'a window is closed once and stays as it was announced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'window_stays';
    END IF;
    IF EXISTS (SELECT FROM application WHERE "window" = NEW."window" AND "on" > NEW.ends_on) THEN
        RAISE EXCEPTION 'applications were taken in after %', NEW.ends_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_in_window';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER window_closes_once BEFORE UPDATE ON application_window
    FOR EACH ROW EXECUTE FUNCTION require_one_closing();
