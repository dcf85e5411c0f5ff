import pg from 'pg';
import { copyRow } from './postgres-copies.js';
import type { Sql } from './service.js';

/** Sessions of the clients of this database, but for this one. */
const others = `datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`;
const ownSchemas = `('pg_catalog', 'information_schema')`;
const shift = { timezone: 'America/St_Johns', datestyle: 'SQL, DMY' };

/** @param pool whose connections are in the database */
export function postgresSql(pool: pg.Pool): Sql {
  // biome-ignore lint/suspicious/noExplicitAny: rows of any shape
  const query = async (text: string, values: unknown[] = []) => (await pool.query<any>(text, values)).rows;
  return {
    query,
    async lock(table) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query(`lock table ${table} in access exclusive mode`);
      } catch (error) {
        client.release(true);
        throw error;
      }
      return async () => {
        await client.query('rollback').finally(() => client.release());
      };
    },
    async running() {
      const [row] = await query(
        `select count(*)::int as count from pg_stat_activity where ${others} and state = 'active'`,
      );
      return row.count;
    },
    leftOpen: () =>
      query(
        `select state, query from pg_stat_activity where ${others}
          and (state like 'idle in transaction%' or exists (
            select from pg_locks where pg_locks.pid = pg_stat_activity.pid and locktype = 'advisory'))`,
      ),
    copies: (row) => copyRow(pool, row),
    async setValue({ table, key, id, column }, value) {
      await query(`update ${table} set ${column} = $1 where ${key} = $2`, [value, id]);
    },
    async textsLike(pattern) {
      const columns = await query(
        `select table_schema as "schema", table_name as "table", column_name as "column"
          from information_schema.columns
          where table_schema not in ${ownSchemas} and data_type in ('text', 'character varying', 'character')`,
      );
      const found: string[] = [];
      for (const { schema, table, column } of columns) {
        const rows = await query(
          `select "${column}" as "text" from "${schema}"."${table}" where "${column}" like $1 limit 100`,
          [pattern],
        );
        found.push(...rows.map(({ text }) => String(text)));
      }
      return found;
    },
    async innerNames() {
      const rows = await query(
        `select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
          where relkind = 'i' and nspname not like 'pg_%'
          union select conname from pg_constraint join pg_namespace on pg_namespace.oid = connamespace
          where nspname not in ${ownSchemas}
          union select column_name from information_schema.columns where table_schema not in ${ownSchemas}`,
      );
      return rows.map(({ name }) => String(name));
    },
    tablesWith: (column) =>
      query(
        `select c.relname as "table", exists (
            select from pg_index i where i.indrelid = c.oid and i.indisvalid and i.indpred is null
              and i.indkey[0] = a.attnum) as "indexed"
          from pg_attribute a
          join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
          where a.attname = $1 and a.attnotnull and not a.attisdropped
          order by c.relname`,
        [column],
      ),
    async shiftSessions(shifted) {
      const [row] = await query('select quote_ident(current_database()) as name');
      for (const [name, value] of Object.entries(shift))
        await query(`alter database ${row.name} ${shifted ? `set ${name} = '${value}'` : `reset ${name}`}`);
      await query(`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
    },
    async changeableColumn(table) {
      const [row] = await query(
        `select attname as "column", format_type(atttypid, atttypmod) as type,
            case atttypid when 'text'::regtype then 'varchar' when 'varchar'::regtype then 'text' else 'timestamptz(6)' end as other
          from pg_attribute
          where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
            and atttypid in ('text'::regtype, 'varchar'::regtype, 'timestamptz'::regtype)
          order by atttypid = 'timestamptz'::regtype, attnum limit 1`,
        [table],
      );
      if (!row) return undefined;
      const change = async (type: string) => {
        await query(`alter table ${table} alter column ${pg.escapeIdentifier(row.column)} type ${type}`);
      };
      return { ...row, change };
    },
  };
}
