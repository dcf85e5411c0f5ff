create table auth_accounts (
  id uuid primary key,
  email text not null unique,
  password_hash text not null,
  roles text not null,
  created_at timestamptz(3) not null
);

-- One row per sign-in. Its refresh token changes with every use; the hashes of the newest one and of the one before it are kept.
create table auth_sessions (
  id text primary key,
  account_id uuid not null references auth_accounts (id) on delete cascade,
  token_hash text not null,
  previous_hash text,
  rotated_at timestamptz(3),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);

create index auth_sessions__account_id on auth_sessions (account_id);
create index auth_sessions__expires_at on auth_sessions (expires_at);
