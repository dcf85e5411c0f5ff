-- Whom the rows of a caller are shared with.
alter table auth_keys add column tenant text;
