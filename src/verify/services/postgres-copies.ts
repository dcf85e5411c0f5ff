import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * Adds copies of a row to its table: each has a new id and a `created_at` one millisecond after that of the one
 * before. Unique constraints on other columns are away as long as the copies are there. Statistics are brought up to
 * date, as the server itself would do within a minute.
 * @param row its table as SQL has it, and how many copies: less than 2^48
 * @returns how to remove the copies
 */
export async function copyRow(
  pool: pg.Pool,
  { table: name, id, count }: { table: string; id: string; count: number },
): Promise<() => Promise<void>> {
  const constraints = await pool.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = $1::regclass and contype = 'u'`,
    [name],
  );
  const alter = async (change: (constraint: { name: string; definition: string }) => string) => {
    for (const constraint of constraints.rows) await pool.query(`alter table ${name} ${change(constraint)}`);
  };
  const { fields } = await pool.query(`select * from ${name} limit 0`);
  const prefix = randomUUID().slice(0, -12);
  const values: Record<string, string> = {
    id: `('${prefix}' || lpad(to_hex(n), 12, '0'))::uuid`,
    created_at: `"created_at" + n * interval '1 millisecond'`,
  };
  const columns = fields.map((field) => pg.escapeIdentifier(field.name));
  const selected = fields.map((field) => values[field.name] ?? pg.escapeIdentifier(field.name));
  const remove = async () => {
    const ends = ['0', 'f'].map((digit) => prefix + digit.repeat(12));
    await pool.query(`delete from ${name} where "id" between $1 and $2`, ends);
    await alter(({ name: key, definition }) => `add constraint ${pg.escapeIdentifier(key)} ${definition}`);
    await pool.query(`vacuum analyze ${name}`);
  };
  await alter((constraint) => `drop constraint ${pg.escapeIdentifier(constraint.name)}`);
  try {
    await pool.query(
      `insert into ${name} (${columns.join(', ')})
        select ${selected.join(', ')} from ${name}, generate_series(1, $1::int) as n where "id" = $2`,
      [count, id],
    );
    await pool.query(`analyze ${name}`);
    return remove;
  } catch (error) {
    await remove();
    throw error;
  }
}
