-- Who may enter a database: the roles of the services that have a schema there, and nobody else.
-- Rights on a database are not copied from a template, so this runs for each database.
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {roles};
