-- A database that no service has business in: PostgreSQL lets everybody connect unless told otherwise.
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
