import type { Api, Connection, Instance } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectHeader, expectStatus, expectThat, summary } from '../../http/expectations.js';
import { Traffic, type TrafficResponse } from '../../http/traffic.js';
import { pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { madeLine, madeStatuses } from '../shared/items.js';
import { headOf } from '../shared/raw.js';

const group = 'lifecycle';
/** Rolling restarts of which one has to lose nothing, where losses look like a machine that is busy with something else. */
const attempts = 3;
/** How late a signal and an answer may be on a machine that does something else. */
export const slackMs = 250;

export const draining: Row[] = [
  {
    id: 'GS1',
    group,
    title: 'SIGTERM drains the instance',
    expected:
      '/readyz 503 within 250 ms, service with Connection: close for DRAIN_DELAY_MS, requests in progress finished, exit code 0 or 143 before SHUTDOWN_TIMEOUT_MS',
    source: 'Kubernetes documentation, "Pod Lifecycle: Termination of Pods"; RFC 9112, section 9.6',
    remedy:
      'On SIGTERM refuse readiness at once, go on serving until balancers have noticed, then stop listening, finish open requests and exit.',
    evidence: ['stateless', 'balanced'],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const delay = Number(api.fleet.settings.DRAIN_DELAY_MS);
      const last = Number(api.fleet.settings.SHUTDOWN_TIMEOUT_MS);
      const patience = 250 + (await slownessOf(api, instance));
      const upload = await halfOfAWrite(api, instance);
      const start = performance.now();
      const since = () => performance.now() - start;
      instance.signal('SIGTERM');
      const refused = await until(
        async () => refuses(await api.trySend({ path: '/readyz', to: instance.url }), delay),
        1000,
      );
      expectThat(refused, '/readyz to answer 503 after SIGTERM', 'another answer for a second');
      expectThat(since() < patience, '503 of /readyz within 250 ms', `${Math.round(since())} ms`);
      while (since() < delay - slackMs) {
        const served = await api.trySend({ path: api.resource.path, as: 'reader', to: instance.url });
        expectThat(
          served?.status === 200,
          `service for ${delay} ms after SIGTERM`,
          `${served ? summary(served) : 'no answer'} after ${Math.round(since())} ms`,
        );
        expectHeader(served!, 'Connection', /\bclose\b/i);
        await pause(50);
      }
      // Listening is over by now, but this request has not been answered yet.
      await pause(Math.max(0, delay - since()) + slackMs);
      upload.rest();
      const answer = await upload.connection.received(/\r\n\r\n[\s\S]*\}/, 5000);
      upload.connection.end();
      expectThat(
        madeLine(api).test(answer),
        `${madeStatuses(api).join(' or ')} for a request that was in progress`,
        answer.slice(0, 200) || 'nothing',
      );
      await expectEnd(instance, last - since(), `the process to end within ${last} ms`);
      expectThat(since() > delay, `service for ${delay} ms`, `the end after ${Math.round(since())} ms`);
    },
  },
  {
    id: 'GS2',
    group,
    title: 'a rolling restart loses no request',
    expected:
      'every request of twenty callers is answered well, reads and writes, while the instances restart in turn',
    source: 'Kubernetes documentation, "Performing a Rolling Update"',
    remedy:
      'Drain before closing: readiness first, then the listener, then the connections, and never one with a request on it.',
    evidence: ['stateless', 'balanced', 'loaded'],
    needs: ['started', 'instances', 'resource', 'writing', 'load'],
    quick: false,
    async run(api) {
      let shots = await trafficWhileRestarted(api);
      for (let attempt = 1; attempt < attempts && lost(api, shots).every(isLate); attempt += 1) {
        if (lost(api, shots).length === 0) break;
        shots = await trafficWhileRestarted(api);
      }
      const bad = lost(api, shots);
      const kinds = [...new Set(bad.map(({ status, text }) => `status ${status} ${text.slice(0, 120)}`))];
      expectThat(
        bad.length === 0,
        `none of ${shots.length} requests lost`,
        `${bad.length}: ${kinds.join('; ')}`,
      );
      expectThat(shots.length > 100, 'more than a hundred requests', shots.length);
      expectStatus(await api.send({ path: api.resource.path, as: 'reader' }), 200);
    },
  },
];

const lost = (api: Api, shots: TrafficResponse[]) =>
  shots.filter(({ status }) => ![200, ...madeStatuses(api)].includes(status));

/** Whether a response is one that a busy machine gives at any time. */
const isLate = ({ status, text }: TrafficResponse) =>
  status === 503 && /(deadline-exceeded|dependency-unavailable)"/.test(text);

/** @returns the responses to reads and writes while one instance after the other is restarted */
async function trafficWhileRestarted(api: Api): Promise<TrafficResponse[]> {
  const load = new Traffic(api.fleet);
  // A cached item: the row checks whether requests arrive, not the speed of the database.
  const read = await api.complete({ path: (await api.create()).path });
  const reads = { path: read.path, headers: { ...read.headers, ...api.authorization('reader') } };
  const { path, headers = {} } = await api.complete({
    method: 'POST',
    path: api.resource.path,
    headers: { 'content-type': 'application/json' },
  });
  const write = async () => ({
    method: 'POST',
    path,
    headers: { ...headers, ...api.authorization('editor') },
    body: JSON.stringify(await api.body()),
  });
  // A write that takes a while is on its way at any moment, and no balancer may send it twice.
  if (api.fleet.hasDatabase) api.fleet.database.set({ kind: 'delay', ms: 20 });
  // Pauses, so that it is a load and no overload, however slow the machine is.
  const stop = load.callers(20, (serial) => (serial % 4 === 0 ? write() : reads), 100);
  let shots: TrafficResponse[] = [];
  try {
    for (const instance of api.fleet.instances) {
      await pause(300);
      instance.signal('SIGTERM');
      await instance.ended();
      await instance.restart();
    }
  } finally {
    shots = await stop();
    load.close();
  }
  return shots;
}

/**
 * Whether an instance that ends wants no traffic any more: readiness says so, or nobody listens where it has no time to say it.
 * @param delayMs how long it serves after the signal
 */
export function refuses(readiness: Response | undefined, delayMs: number): boolean {
  return readiness?.status === 503 || (readiness === undefined && delayMs === 0);
}

/**
 * @param withinMs from now on
 * @param expected in words, when it still runs then
 * @throws Mismatch unless the process ends as one that has obeyed SIGTERM
 */
export async function expectEnd(instance: Instance, withinMs: number, expected: string): Promise<void> {
  const end = await Promise.race([instance.ended(), pause(withinMs)]);
  expectThat(end !== undefined, expected, 'it still runs');
  expectThat(
    end.code === 0 || end.code === 143 || end.signal === 'SIGTERM',
    'exit code 0, or 143',
    `code ${end.code}, signal ${end.signal}`,
  );
}

/** What to grant a machine that does something else: several times the slowest of some probes, in milliseconds. */
async function slownessOf(api: Api, { url }: Instance): Promise<number> {
  let slowest = 0;
  for (let asked = 0; asked < 10; asked += 1)
    slowest = Math.max(slowest, (await api.send({ path: '/readyz', to: url })).ms);
  return Math.min(500, Math.max(slackMs, 5 * slowest));
}

/** Begins a POST and keeps the second half of its body back. */
export async function halfOfAWrite(
  api: Api,
  instance: Instance,
): Promise<{ connection: Connection; rest: () => void }> {
  const body = JSON.stringify(await api.body());
  const headers = {
    host: 'verify',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...api.authorization('editor'),
  };
  const head = await headOf(api, { method: 'POST', path: api.resource.path, headers });
  const half = Math.floor(body.length / 2);
  const connection = await api.connect(instance);
  connection.write(`${head}${body.slice(0, half)}`);
  // It has to be there before the signal is.
  await pause(100);
  return { connection, rest: () => connection.write(body.slice(half)) };
}
