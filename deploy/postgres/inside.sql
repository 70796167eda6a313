-- What all services of a database share: no public corner, and the extensions.
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS extensions;
REVOKE ALL ON SCHEMA extensions FROM PUBLIC;
GRANT USAGE ON SCHEMA extensions TO {roles};

CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA extensions;   -- EXCLUDE constraints over an id and a period
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;      -- candidates for a name
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA extensions;     -- names are compared unaccented
