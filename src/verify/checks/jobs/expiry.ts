import fs from 'node:fs';
import path from 'node:path';
import type { Api } from '../../cluster/api.js';
import { expectProblem, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import {
  end,
  expectComplete,
  expectSuccess,
  type Job,
  jobSettings,
  readJob,
  readResult,
  startExport,
} from './job.js';

/** Time after the start of an instance. */
const purgedMs = 40_000;
const slackMs = 60_000;

export const expiry: Row[] = [
  {
    id: 'JB10',
    group: 'jobs',
    title: 'jobs and their results expire',
    expected: `expiresAt is JOB_TTL_S after the end; then both are 404, and the row and its files are gone within ${purgedMs / 1000} s of the start of an instance; others stay`,
    source: 'OWASP API4:2023; OWASP ASVS V14.2',
    remedy:
      'Compare the time in each read, and delete expired jobs with their files soon after the start and then regularly.',
    evidence: ['stateless'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      const kept = await expectSuccess(api, await startExport(api));
      const job = await expectSuccess(api, await startExport(api));
      const ttlMs = Number(api.fleet.settings.JOB_TTL_S) * 1000;
      const wanted = Date.now() + ttlMs;
      expectThat(
        Math.abs(Date.parse(job.expiresAt) - wanted) < slackMs,
        `expiresAt at about ${new Date(wanted).toISOString()}`,
        job.expiresAt,
      );
      expectThat(filesOf(api, job)?.length !== 0, `a file below exports/${job.id}`, 'none');
      await api.fleet.sql.query(
        `update "jobs" set "expires_at" = now() - interval '1 second' where "id" = $1`,
        [job.id],
      );
      const hidden = { path: `/v1/jobs/${job.id}`, as: 'reader' as const };
      for (const { url } of api.fleet.instances) {
        expectProblem(await api.send({ ...hidden, to: url }), 404, 'not-found');
        expectProblem(await readResult(api, job, { to: url }), 404, 'not-found');
      }
      const [instance] = api.fleet.instances;
      await end(instance!);
      await instance!.restart();
      let left: unknown;
      const gone = await until(async () => {
        const rows = await api.fleet.sql.query('select "id" from "jobs" where "id" = $1', [job.id]);
        const files = filesOf(api, job) ?? [];
        left = { rows: rows.length, files };
        return rows.length === 0 && files.length === 0;
      }, purgedMs);
      expectThat(gone, 'neither the row nor a file of an expired job', left);
      await expectComplete(api, await readJob(api, kept.id));
    },
  },
];

/** Undefined where they are in a bucket. */
function filesOf(api: Api, { id }: Job): string[] | undefined {
  if (api.fleet.files === undefined) return undefined;
  const folder = path.join(api.fleet.files, 'exports', id);
  return fs.existsSync(folder) ? (fs.readdirSync(folder, { recursive: true }) as string[]) : [];
}
