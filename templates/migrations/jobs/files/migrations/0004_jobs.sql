-- The truth about background jobs: a queue carries their ids alone, and may lose all of them.
create table jobs (
  id uuid primary key,
  kind text not null,
  owner text not null,
  payload jsonb not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  attempts integer not null default 0,
  done bigint not null default 0,
  result jsonb,
  error text,
  trace_parent text,
  -- When it is sent to the queue, the next time; null once it is over. While it runs: when its worker counts as lost.
  publish_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  -- Counts once it is over.
  expires_at timestamptz(3) not null
);

create index jobs__publish_at on jobs (publish_at) where publish_at is not null;
create index jobs__expires_at on jobs (expires_at);
create index jobs__failed on jobs (updated_at) where status = 'failed';
