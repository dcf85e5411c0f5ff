import { randomUUID } from 'node:crypto';
import pg from 'pg';

const columns =
  'id, name, description, price, status, version, created_at as "createdAt", updated_at as "updatedAt"';
const one = { name: 'one', text: `select ${columns} from products where id = $1` };
const list = {
  name: 'list',
  text: `select ${columns} from products order by created_at desc, id desc limit $1`,
};
const insert = {
  name: 'insert',
  text: `insert into products (id, name, price, status, created_at, updated_at)
    values ($1, $2, $3, $4, now(), now()) returning ${columns}`,
};

/** The queries of the generated project on a pool of the same size, and nothing else. */
export function databaseOf() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
  const rows = async (query, values) => (await pool.query({ ...query, values })).rows;
  return {
    one: async (id) => (await rows(one, [id]))[0],
    list: async () => ({ data: await rows(list, [20]) }),
    insert: async ({ name, price, status }) => (await rows(insert, [randomUUID(), name, price, status]))[0],
  };
}
