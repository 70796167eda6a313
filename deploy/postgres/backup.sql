-- The role that backups are taken by: it reads every row of the databases that it may enter, and changes nothing.
DO $$
BEGIN
    IF to_regrole({backup_name}) IS NULL THEN
        CREATE ROLE {backup};
    END IF;
END $$;
ALTER ROLE {backup} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT
    CONNECTION LIMIT 8 PASSWORD {backup_password};
ALTER ROLE {backup} SET default_transaction_read_only = on;
GRANT pg_read_all_data TO {backup};
