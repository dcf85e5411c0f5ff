-- Whom the rows of a caller are shared with.
alter table auth_accounts add column tenant text;
