import { inBackground } from '../background.js';
import { loadConfig } from '../config.js';
import { createDatabase } from '../database/connect.js';
import { createLog } from '../telemetry/log.js';
import { createMetrics } from '../telemetry/metrics.js';
import { createFiles } from './files.js';
import { type JobRow, table } from './table.js';

const usage = 'usage: npm run jobs list [failed] | show ID | replay ID|all | discard ID|all';
const listed = 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Lists jobs, and replays or discards failed ones, from a shell on the server. */
async function main([action = '', what]: string[]): Promise<string> {
  const id = what === 'all' ? undefined : what;
  const needsOne = { show: true, replay: what !== 'all', discard: what !== 'all' }[action];
  const known = action === 'list' ? what === undefined || what === 'failed' : needsOne !== undefined;
  if (!known || (needsOne && !uuid.test(id ?? ''))) throw new Error(usage);
  const config = loadConfig(process.env);
  const database = await createDatabase({ config, log: createLog(config), metrics: createMetrics() });
  const files = createFiles(config.FILES_URL);
  const count = (rows: unknown[]) => `${rows.length} ${rows.length === 1 ? 'job' : 'jobs'}`;
  try {
    return await inBackground((context) =>
      database.transaction(context, async ({ query }) => {
        if (action === 'list') {
          const rows = await query(table.list(what ? 'failed' : undefined, listed));
          return rows.length === 0 ? 'no jobs' : rows.map(lineOf).join('\n');
        }
        if (action === 'show') {
          const [row] = await query(table.find(id as string));
          if (!row) throw new Error(`there is no job ${id}`);
          return JSON.stringify(row, null, 2);
        }
        const changed = await query(action === 'replay' ? table.replay(id) : table.discard(id));
        // What a worker was writing when it was lost.
        if (action === 'discard') await Promise.all(changed.map((row) => files.remove(`exports/${row.id}`)));
        if (id && changed.length === 0) throw new Error(`there is no failed job ${id}`);
        return `${count(changed)} ${action === 'replay' ? 'will be tried again' : 'deleted'}`;
      }),
    );
  } finally {
    await database.close();
  }
}

function lineOf({ id, status, kind, attempts, updatedAt, error }: JobRow): string {
  return [id, status, kind, `attempts ${attempts}`, updatedAt, error ?? ''].join('  ').trimEnd();
}

main(process.argv.slice(2)).then(
  (text) => {
    console.log(text);
    process.exit(0);
  },
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
