#!/bin/sh
# Gives the API the role "api" in the database PGDATABASE of PGHOST, with API_DATABASE_PASSWORD. It reads and writes the rows of
# tables, of those as well that PGUSER makes later; it owns none, changes none, and policies (row-level security) hold for it.
# What is there already stays: it can be run at each start.
set -eu
: "${API_DATABASE_PASSWORD:?is missing}"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction <<'END'
\getenv password API_DATABASE_PASSWORD
select 'create role api' where not exists (select from pg_roles where rolname = 'api') \gexec
alter role api login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'password';
grant usage on schema public to api;
grant select, insert, update, delete on all tables in schema public to api;
grant usage on all sequences in schema public to api;
alter default privileges in schema public grant select, insert, update, delete on tables to api;
alter default privileges in schema public grant usage on sequences to api;
END
