import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query(`
  create table if not exists todo_entries (
    id uuid primary key default gen_random_uuid(),
    title varchar(100) not null,
    done boolean not null default false,
    created_at timestamptz not null default now()
  )`);
await client.end();
