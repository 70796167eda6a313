-- Who asks to be forgotten: the row stays with its id and its facts, the words and what they are found by go.

ALTER TABLE member
    ALTER COLUMN national_id DROP NOT NULL,
    ALTER COLUMN name DROP NOT NULL,
    ALTER COLUMN born_on DROP NOT NULL,
    ADD COLUMN erased_on date,
    ADD CONSTRAINT member_whole_or_erased CHECK (
        CASE WHEN erased_on IS NULL THEN num_nulls(national_id, name, born_on) = 0
             ELSE num_nonnulls(national_id_index, national_id, name, born_on, phone) = 0 END);
ALTER TABLE collaborator
    ALTER COLUMN name DROP NOT NULL,
    ALTER COLUMN born_on DROP NOT NULL,
    ADD COLUMN erased_on date,
    ADD CONSTRAINT collaborator_whole_or_erased CHECK (
        CASE WHEN erased_on IS NULL THEN num_nulls(name, born_on) = 0
             ELSE num_nonnulls(name, born_on, phone) = 0 END);

-- Nobody who is erased is in a group or serves.
CREATE FUNCTION require_nobody_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM member WHERE member = NEW.member FOR KEY SHARE;      -- waits for an erasure on its way
    IF EXISTS (SELECT FROM member WHERE member = NEW.member AND erased_on IS NOT NULL) THEN
        RAISE EXCEPTION 'a member who was erased is in no group'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_erased_is_a_member';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_erased_is_a_member BEFORE INSERT ON membership
    FOR EACH ROW EXECUTE FUNCTION require_nobody_erased();
