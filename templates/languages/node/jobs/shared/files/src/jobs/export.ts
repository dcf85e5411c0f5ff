import { sql } from 'kysely';
import type { JobExport } from '../contract.js';
import { db } from '../database/queries.js';
import type { Handler } from './handler.js';

const pageSize = 500;
/** Before all ids. */
const start = '00000000-0000-0000-0000-000000000000';
const contentTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' };

/** A resource that can be exported. */
export interface Exported {
  /** Its schema in openapi.yaml. */
  schema: string;
  table: string;
  fields: readonly string[];
}

/** Writes all rows of a resource to a file, page by page in the order of their ids. */
export function exportOf({ schema, table, fields }: Exported): Handler {
  const columns = sql.join(fields.map((name) => sql.ref(name)));
  const page = (after: string) =>
    sql<{ id: string }>`
      select ${columns} from ${sql.table(table)} where id > ${after} order by id limit ${pageSize}`.compile(
      db,
    );

  return async ({ id, attempt, payload, context, progress }, { database, files, contract }) => {
    const { format = 'ndjson' } = payload as JobExport;
    const toJson = contract.serializer<object>(schema);
    const toLine = (row: object) =>
      format === 'csv' ? csvLine(Object.values(JSON.parse(toJson(row)))) : `${toJson(row)}\n`;

    async function* text() {
      if (format === 'csv') yield csvLine(fields);
      let after = start;
      for (let done = 0; ; ) {
        const rows = await database.read(page(after), context, true);
        yield rows.map(toLine).join('');
        done += rows.length;
        await progress(done);
        if (rows.length < pageSize) return;
        after = rows.at(-1)!.id;
      }
    }

    const file = `exports/${id}/${attempt}`;
    try {
      const bytes = await files.write(file, text(), context.signal);
      return { result: { file, contentType: contentTypes[format], bytes } };
    } catch (error) {
      // What is left of it goes with the job.
      await files.remove(file).catch(() => {});
      throw error;
    }
  };
}

/** A line of CSV (RFC 4180). */
function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: unknown): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
