import type { Api } from '../../cluster/api.js';

/**
 * Looks through every column of text in the database of the API.
 * @param pattern as LIKE takes it
 * @returns the texts that match
 */
export async function textsIn(api: Api, pattern: string): Promise<string[]> {
  const { fleet } = api;
  const columns = await fleet.query(
    `select table_schema as "schema", table_name as "table", column_name as "column"
     from information_schema.columns
     where table_schema not in ('information_schema', 'pg_catalog') and data_type in ('text', 'character varying', 'character')`,
  );
  const found: string[] = [];
  for (const { schema, table, column } of columns) {
    const rows = await fleet.query(
      `select "${column}" as "text" from "${schema}"."${table}" where "${column}" like $1 limit 100`,
      [pattern],
    );
    found.push(...rows.map(({ text }) => String(text)));
  }
  return found;
}
