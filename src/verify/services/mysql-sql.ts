import { randomUUID } from 'node:crypto';
import type { Pool, PoolConnection } from 'mysql2/promise';
import type { Sql } from './service.js';

// biome-ignore lint/suspicious/noExplicitAny: rows of any shape
type Row = Record<string, any>;

/** Standard SQL: names in quotation marks, times in UTC, and as many numbers in a recursive query as are asked for. */
const session = `set session sql_mode = 'ANSI,STRICT_TRANS_TABLES', session time_zone = '+00:00',
  session cte_max_recursion_depth = 1000000, session lock_wait_timeout = 30, session innodb_lock_wait_timeout = 30`;
const texts = `('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext')`;
const shiftedZone = '-03:30';

/** @param pool whose connections are in the database */
export function mysqlSql(pool: Pool): Sql {
  const ready = new WeakSet<object>();

  async function connect(): Promise<PoolConnection> {
    const connection = await pool.getConnection();
    if (!ready.has(connection.connection)) {
      await connection.query(session);
      ready.add(connection.connection);
    }
    return connection;
  }

  async function query(text: string, values: unknown[] = []): Promise<Row[]> {
    const connection = await connect();
    try {
      // `$2` can come before `$1`, and more than once.
      const given: unknown[] = [];
      const marked = text.replace(/\$(\d+)/g, (_, place) => {
        given.push(values[Number(place) - 1]);
        return '?';
      });
      const [rows] = await connection.query(marked, given);
      return Array.isArray(rows) ? (rows as Row[]) : [];
    } finally {
      connection.release();
    }
  }

  /** The columns of a table in their order: a table of this database. */
  const columnsOf = (table: string) =>
    query(
      `select column_name as "name", data_type as "kind", column_type as "type", is_nullable as "nullable",
          collation_name as "collation" from information_schema.columns
        where table_schema = database() and table_name = $1 order by ordinal_position`,
      [plain(table)],
    );

  /** A value as the column has it: UUIDs can be stored as their 16 bytes. */
  async function valueFor(table: string, column: string, value: string | null): Promise<unknown> {
    const found = (await columnsOf(table)).find(({ name }) => name === plain(column));
    if (found?.type !== 'binary(16)' || value === null) return value;
    return Buffer.from(value.replaceAll('-', ''), 'hex');
  }

  async function endOthers(): Promise<void> {
    const others = await query(
      `select id from performance_schema.processlist where db = database() and id <> connection_id()`,
    );
    for (const { id } of others)
      await query(`kill ${id}`).catch((error) => {
        // It has ended in the meantime.
        if (error.code !== 'ER_NO_SUCH_THREAD') throw error;
      });
  }

  return {
    query,
    async lock(table) {
      const connection = await connect();
      try {
        await connection.query(`lock tables ${table} write`);
      } catch (error) {
        connection.destroy();
        throw error;
      }
      return async () => {
        await connection.query('unlock tables').finally(() => connection.release());
      };
    },
    async running() {
      const [row] = await query(
        `select count(*) as "count" from performance_schema.processlist
          where db = database() and id <> connection_id() and command in ('Query', 'Execute')`,
      );
      return Number(row!.count);
    },
    // Not information_schema.innodb_trx, which shows what it has shown while it is asked more than ten times a second.
    leftOpen: () =>
      query(
        `select p.id, p.command, p.info from performance_schema.processlist p
          join performance_schema.threads h on h.processlist_id = p.id
          where p.db = database() and p.id <> connection_id() and (exists (
            select 1 from performance_schema.events_transactions_current t
            where t.thread_id = h.thread_id and t.state = 'ACTIVE' and t.autocommit = 'NO') or exists (
            select 1 from performance_schema.metadata_locks l
            where l.owner_thread_id = h.thread_id and l.object_type = 'USER LEVEL LOCK'))`,
      ),
    async copies({ table, id, count }) {
      const prefix = randomUUID().slice(0, -12);
      const columns = await columnsOf(table);
      const isBinary = columns.some(({ name, type }) => name === 'id' && type === 'binary(16)');
      const copied = `concat('${prefix}', lpad(lower(hex(n)), 12, '0'))`;
      const values: Record<string, string> = {
        id: isBinary ? `uuid_to_bin(${copied})` : copied,
        created_at: `"created_at" + interval n * 1000 microsecond`,
      };
      // Definitions of keys can hold expressions: they are taken as the server writes them.
      const [made] = await query(`show create table ${table}`);
      const unique = String(made!['Create Table'] ?? Object.values(made!)[1])
        .split('\n')
        .map((line) => /^\s*(unique key ("[^"]+") .*?),?$/i.exec(line))
        .flatMap((match) => (match ? [{ definition: match[1]!, name: match[2]! }] : []));
      const remove = async () => {
        const [from, to] = ['0', 'f'].map((digit) => prefix + digit.repeat(12));
        const ends = isBinary
          ? [from, to].map((end) => Buffer.from(end!.replaceAll('-', ''), 'hex'))
          : [from, to];
        await query(`delete from ${table} where "id" between $1 and $2`, ends);
        for (const { definition } of unique) await query(`alter table ${table} add ${definition}`);
        await query(`analyze table ${table}`);
      };
      for (const { name } of unique) await query(`alter table ${table} drop index ${name}`);
      try {
        const names = columns.map(({ name }) => quoted(name));
        const selected = columns.map(({ name }) => values[name] ?? quoted(name));
        await query(
          `insert into ${table} (${names.join(', ')})
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
            select ${selected.join(', ')} from ${table}, numbers where "id" = $1`,
          [await valueFor(table, '"id"', id)],
        );
        await query(`analyze table ${table}`);
        return remove;
      } catch (error) {
        await remove();
        throw error;
      }
    },
    async setValue({ table, key, id, column }, value) {
      await query(`update ${table} set ${column} = $1 where ${key} = $2`, [
        await valueFor(table, column, value),
        await valueFor(table, key, id),
      ]);
    },
    async textsLike(pattern) {
      const columns = await query(
        `select table_name as "table", column_name as "column" from information_schema.columns
          where table_schema = database() and data_type in ${texts}`,
      );
      const found: string[] = [];
      for (const { table, column } of columns) {
        const rows = await query(
          `select ${quoted(column)} as "text" from ${quoted(table)} where ${quoted(column)} like $1 limit 100`,
          [pattern],
        );
        found.push(...rows.map(({ text }) => String(text)));
      }
      return found;
    },
    async innerNames() {
      const rows = await query(
        `select index_name as "name" from information_schema.statistics where table_schema = database()
          union select constraint_name from information_schema.table_constraints where table_schema = database()
          union select column_name from information_schema.columns where table_schema = database()`,
      );
      return rows.map(({ name }) => String(name));
    },
    async tablesWith(column) {
      const rows = await query(
        `select table_name as "table", exists (
            select 1 from information_schema.statistics s where s.table_schema = c.table_schema
              and s.table_name = c.table_name and s.column_name = c.column_name and s.seq_in_index = 1) as "indexed"
          from information_schema.columns c
          where table_schema = database() and column_name = $1 and is_nullable = 'NO' order by table_name`,
        [column],
      );
      return rows.map(({ table, indexed }) => ({ table, indexed: indexed === 1 }));
    },
    async shiftSessions(shifted) {
      await query(`set global time_zone = '${shifted ? shiftedZone : 'SYSTEM'}'`);
      await endOthers();
    },
    async changeableColumn(table) {
      const found = (await columnsOf(table)).find(({ kind }) => kind === 'varchar');
      if (!found) return undefined;
      const { name, type, nullable, collation } = found;
      const change = async (to: string) => {
        await query(
          `alter table ${table} modify column ${quoted(name)} ${to} collate ${collation}${nullable === 'YES' ? '' : ' not null'}`,
        );
      };
      return {
        column: name,
        type,
        other: type.replace(/\d+/, (length: string) => `${Number(length) + 1}`),
        change,
      };
    },
  };
}

/** The plain name of a table or column in quotation marks. */
function plain(name: string): string {
  return name.slice(1, -1).replaceAll('""', '"');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
