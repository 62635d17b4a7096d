-- A role that reads what a mail server needs to know of Muster, and nothing else.
-- 1. As somebody who may make roles (the database's superuser, or your provider's console):
CREATE ROLE muster_mail LOGIN PASSWORD '@DATABASE_PASSWORD@' NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 40;
ALTER ROLE muster_mail SET default_transaction_read_only = on;
ALTER ROLE muster_mail SET statement_timeout = '5s';
-- 2. As the role of Muster's DATABASE_URL, in its database:
GRANT USAGE ON SCHEMA mail_server TO muster_mail;
GRANT SELECT ON ALL TABLES IN SCHEMA mail_server TO muster_mail;
-- What a later release adds to the schema can be read as well.
ALTER DEFAULT PRIVILEGES IN SCHEMA mail_server GRANT SELECT ON TABLES TO muster_mail;
