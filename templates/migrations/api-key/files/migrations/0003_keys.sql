-- API keys by their public id; of the key itself there is only a hash. A client has several keys while it changes to a new one.
create table auth_keys (
  id text primary key,
  client_id uuid not null,
  name text not null,
  roles text not null,
  key_hash text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  last_used_at timestamptz(3)
);
