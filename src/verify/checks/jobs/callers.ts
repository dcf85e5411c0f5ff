import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectProblem, expectStatus } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  expectSuccess,
  expectUnchanged,
  exportOf,
  type Job,
  jobSettings,
  startExport,
  whileFrozen,
} from './job.js';

const unknown = '01900000-0000-7000-8000-00000000dead';

export const jobsOfCallers: Row[] = [
  {
    id: 'JB9',
    group: 'jobs',
    title: 'the job of another caller',
    expected:
      '404 for its status, its result and its removal, as for a job that does not exist, whatever the role below administrator; 401 without credentials; nothing changed',
    source: 'OWASP API1:2023; RFC 9110, section 15.5.5',
    remedy: 'Look a job up by its id and its owner in one statement, also for the result and for DELETE.',
    evidence: [],
    needs: ['started', 'jobs', 'accounts', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      const workers = await api.fleet.workers();
      const waiting = await whileFrozen(api, workers, async () => {
        const job = await startExport(api);
        await expectHidden(api, job);
        return job;
      });
      const done = await expectSuccess(api, waiting);
      await expectHidden(api, done);
      await expectUnchanged(api, done, 0);
      for (const ending of ['', '/result']) {
        const path = `/v1/jobs/${done.id}${ending}`;
        expectStatus(await api.send({ path, headers: api.authorization('admin', randomUUID()) }), 200);
      }
      expectProblem(
        await api.send({ ...exportOf(api), headers: {}, as: undefined! }),
        401,
        'unauthenticated',
      );
    },
  },
];

/** @throws Mismatch unless the job is as one that does not exist to everybody else */
async function expectHidden(api: Api, { id }: Job): Promise<void> {
  for (const [method, ending] of [
    ['GET', ''],
    ['GET', '/result'],
    ['DELETE', ''],
  ] as const) {
    const send = (job: string, headers: Record<string, string>) =>
      api.send({ method, path: `/v1/jobs/${job}${ending}`, headers });
    expectProblem(await send(id, {}), 401, 'unauthenticated');
    for (const role of ['reader', 'editor'] as const) {
      const headers = api.authorization(role, randomUUID());
      const bodies = [await send(id, headers), await send(unknown, headers)].map(bodyOf);
      expectEqual(bodies[0], bodies[1], `for ${method} of another's job the body of an unknown one:`);
    }
  }
}

/** What two problems about different paths have in common. */
function bodyOf(response: Response): unknown {
  const { instance, requestId, traceId, ...body } = expectProblem(response, 404, 'not-found');
  return body;
}
