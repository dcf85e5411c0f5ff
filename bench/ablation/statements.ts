// Run in an installed Fastify project with PostgreSQL, whose database has its migrations and 100,000 products with the ids
// 01900000-0000-7000-8000-000000000001 and following:
//   DATABASE_URL=postgresql://… taskset -c 0 node --import tsx <this file>
// CPU of the process for a statement, by turns: the project's own run of prepared statements, the same with a compiled function that
// makes the rows, and `pg.Query`, which is prepared by name.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fs from 'fs-extra';

const project = process.cwd();
const folder = path.join(project, 'src');
const own = (file: string) => import(pathToFileURL(path.join(folder, file)).href);
const library = (name: string) =>
  import(pathToFileURL(createRequire(path.join(project, 'package.json')).resolve(name)).href);

const rounds = 21;
const runs = 4000;
const atOnce = 20;
const rowCount = 100_000;

const { default: pg } = await library('pg');
const { createPool } = await own('database/pool.ts');
const { createMetrics } = await own('telemetry/metrics.ts');
const { db, propertyOf } = await own('database/queries.ts');
const { textTypes } = await own('database/types.ts');
const { fields } = await own('resources/products/model.ts');

const ignored: unknown = new Proxy(() => ignored, { get: () => ignored });
const context = { cancelled: undefined, onCancel: () => () => {} };
const config = {
  DB_POOL_MAX: 5,
  DB_ACQUIRE_TIMEOUT_MS: 5000,
  DB_SESSION_STATE: 'on',
  DB_STATEMENT_TIMEOUT_MS: 5000,
  OTEL_SERVICE_NAME: 'bench',
  REQUEST_TIMEOUT_MS: 5000,
};

interface Statement {
  sql: string;
  parameters: readonly unknown[];
}
type Row = Record<string, unknown>;
type Run = (client: { query(query: unknown): void }, statement: Statement) => Promise<Row[]>;

/** The project's own. @param change to the text of prepared.ts */
async function ours(name: string, change: (text: string) => string): Promise<Run> {
  const text = (file: string) => fs.readFileSync(path.join(folder, 'database', file), 'utf8');
  const write = (file: string, content: string) =>
    fs.writeFileSync(path.join(folder, 'database', file), content);
  write(`prepared-${name}.ts`, change(text('prepared.ts')));
  write(`run-${name}.ts`, text('run.ts').replace('./prepared.js', `./prepared-${name}.js`));
  try {
    const { runCancellable } = await own(`database/run-${name}.ts`);
    return async (client, statement) => (await runCancellable(client, [statement], context, true))[0];
  } finally {
    for (const file of ['prepared', 'run'])
      fs.removeSync(path.join(folder, 'database', `${file}-${name}.ts`));
  }
}

const compiledReader = `function readerOf(columns: readonly Column[]): Reader {
  const properties = columns.map(
    ({ name }, index) =>
      \`\${JSON.stringify(name)}: texts[\${index}] === null ? null : columns[\${index}].parse(texts[\${index}])\`,
  );
  return new Function('columns', \`return (texts) => ({ \${properties.join(', ')} });\`)(columns) as Reader;
}
`;
function compiled(text: string): string {
  const start = text.indexOf('function readerOf(');
  if (start < 0) throw new Error('prepared.ts has no readerOf');
  return text.slice(0, start) + compiledReader;
}

const names = new Map<string, string>();
function nameOf(text: string): string {
  const name = names.get(text) ?? `p${names.size}`;
  names.set(text, name);
  return name;
}

const properties = new Map<string, string>();
function camelCase(row: Row): Row {
  const renamed: Row = {};
  for (const column in row) {
    const property = properties.get(column) ?? (propertyOf(column) as string);
    properties.set(column, property);
    renamed[property] = row[column];
  }
  return renamed;
}

const driver: Run = (client, { sql, parameters }) =>
  new Promise((resolve, reject) => {
    const settings = { name: nameOf(sql), text: sql, values: parameters, types: textTypes };
    const done = (error: Error | null, result: { rows: Row[] }) =>
      error ? reject(error) : resolve(result.rows.map(camelCase));
    client.query(new pg.Query(settings, done));
  });

const contenders: Record<string, Run> = {
  own: await ours('own', (text) => text),
  'own, compiled rows': await ours('compiled', compiled),
  'pg.Query': driver,
};
const products = db.selectFrom('products').select(fields);
const statements: Record<string, (row: number) => Statement> = {
  'GET by id': (row) =>
    products.where('id', '=', `01900000-0000-7000-8000-${String(row).padStart(12, '0')}`).compile(),
  'list of 21': () => products.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(21).compile(),
};

type Pool = { acquire(of: unknown): Promise<{ client: Parameters<Run>[0]; release(broken: boolean): void }> };

async function microseconds(pool: Pool, run: Run, make: (row: number) => Statement): Promise<number> {
  const before = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < runs) {
        const statement = make(((next++ * 48271) % rowCount) + 1);
        const { client, release } = await pool.acquire(context);
        JSON.stringify(await run(client, statement));
        release(false);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

function quartiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`;
}

// One for each: what a connection has prepared belongs to it.
const pools: Record<string, Pool> = {};
for (const name of Object.keys(contenders))
  pools[name] = createPool(name, process.env.DATABASE_URL, config, createMetrics(), ignored);
for (const [title, make] of Object.entries(statements)) {
  const figures = new Map<string, number[]>();
  for (let round = -3; round < rounds; round++)
    for (const [name, run] of Object.entries(contenders)) {
      const value = await microseconds(pools[name]!, run, make);
      if (round >= 0) figures.set(name, [...(figures.get(name) ?? []), value]);
    }
  const base = figures.get('own')!;
  for (const [name, values] of figures) {
    const more = values.map((value, round) => value - base[round]!);
    console.log(`${title}, ${name.padEnd(20)} ${quartiles(values)} µs, more than own: ${quartiles(more)}`);
  }
}
process.exit(0);
