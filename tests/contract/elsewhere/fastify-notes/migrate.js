import fs from 'node:fs';
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DB });
await client.connect();
await client.query(fs.readFileSync('schema.sql', 'utf8'));
await client.end();
