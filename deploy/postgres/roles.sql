-- One service's two roles. Run as superuser, any database, as often as you like.
-- Names in braces are filled in, quoted, by `ustawi.init.postgres`; passwords arrive already hashed (SCRAM).
DO $$
BEGIN
    IF to_regrole({owner_name}) IS NULL THEN
        CREATE ROLE {owner};
    END IF;
    IF to_regrole({runtime_name}) IS NULL THEN
        CREATE ROLE {runtime};
    END IF;
END $$;

-- The owner makes and changes tables, and is used by migrations alone.
ALTER ROLE {owner} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT
    PASSWORD {owner_password};
-- The service itself reads and writes rows.
ALTER ROLE {runtime} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT
    PASSWORD {runtime_password};

-- Unqualified names mean the service's own schema; `extensions` holds functions only.
ALTER ROLE {owner} SET search_path = {schema}, extensions;
ALTER ROLE {runtime} SET search_path = {schema}, extensions;
