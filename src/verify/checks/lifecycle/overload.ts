import { Readable } from 'node:stream';
import type { Api, Connection, Instance, Server } from '../../cluster/api.js';
import { memoryOf } from '../../cluster/metrics.js';
import { expectThat } from '../../http/expectations.js';
import { median, Traffic, type TrafficResponse } from '../../http/traffic.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { headOf } from '../shared/raw.js';
import { littleAtOnce } from '../shared/shared-settings.js';
import { shortTimes } from './short-times.js';

const group = 'lifecycle';
const attempts = 3;
/** The times of a load balancer are its own; none of those of cloud providers is longer. */
const balancerMs = 65_000;
const servedMs = 3000;
const megabyte = 1024 * 1024;

export const overload: Row[] = [
  {
    id: 'LS1',
    group,
    title: 'three times as many requests as it can take',
    expected:
      '503 overloaded with Retry-After at once (median within 20 ms of the time of a probe), at least 80 % of the usual throughput, probes answered, no more connections to the database than planned',
    source: 'Amazon Builders\' Library, "Using load shedding to avoid overload"; RFC 9110, section 15.6.4',
    remedy:
      'Count the requests in progress, and refuse those over MAX_INFLIGHT before anything else is done for them.',
    evidence: ['loaded', 'limited', 'pooled', 'resilient'],
    needs: ['started', 'database', 'resource', 'load'],
    relies: ['DB_POOL_MAX', 'MAX_INFLIGHT'],
    quick: false,
    alone: true,
    settings: littleAtOnce,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const { database, settings } = api.fleet;
      // The database takes its time, so that the capacity is that of the pool, and little for the machine that measures.
      database.set({ kind: 'delay', ms: 100 });
      database.resetCounts();
      for (let attempt = 1; ; attempt += 1) {
        const { peak, shots, probes } = await overloaded(api, instance);
        const problem = verdict(peak, shots, probes);
        // A pause of the machine during one of the measurements is not the API's.
        if (problem && attempt < attempts) continue;
        expectThat(!problem, problem?.expected ?? '', problem?.got);
        break;
      }
      const most = Number(settings.DB_POOL_MAX) * api.fleet.instances.length;
      expectThat(database.peakConnections <= most, `at most ${most} connections`, database.peakConnections);
    },
  },
  {
    id: 'BL2',
    group,
    title: 'a flood of bodies over the limit',
    expected: '413 or the end of the connection for each of 200 endless bodies, and flat memory',
    source: 'OWASP API4:2023; RFC 9110, section 15.5.14',
    remedy: 'Count the bytes of a body as they come, and stop reading at the limit.',
    evidence: ['limited', 'loaded'],
    needs: ['started', 'management', 'resource', 'writing', 'load'],
    quick: false,
    alone: true,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      await flood(api, instance, 20);
      const before = await memoryOf(api, instance);
      let highest = before;
      for (let round = 0; round < 9; round += 1) {
        await flood(api, instance, 20);
        highest = Math.max(highest, await memoryOf(api, instance));
      }
      expectThat(
        highest - before < 96 * megabyte,
        'memory to grow by less than 96 MB',
        `${Math.round((highest - before) / megabyte)} MB more than ${Math.round(before / megabyte)} MB`,
      );
    },
  },
  {
    id: 'SL1',
    group,
    title: 'clients that send a byte of their headers now and then',
    expected: `closed or 408 at HEADERS_TIMEOUT_MS, by a load balancer within ${balancerMs} ms; others are served meanwhile`,
    source: 'OWASP API4:2023; RFC 9110, section 15.5.9',
    remedy: 'Give headers a time to arrive in, whatever comes meanwhile.',
    evidence: ['limited', 'resilient'],
    tier: 'edge',
    needs: ['started', 'resource'],
    relies: ['HEADERS_TIMEOUT_MS', 'REQUEST_TIMEOUT_MS'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const { front, settings } = api.fleet;
      const own = Number(settings.HEADERS_TIMEOUT_MS);
      const limitMs = front.balancer ? balancerMs : own;
      // Headers have to be given up before the time of a body is over, too.
      const lastMs = front.balancer ? balancerMs : own + Number(settings.REQUEST_TIMEOUT_MS) - 200;
      const earliestMs = front.balancer ? 0 : own / 2;
      const start = `GET ${api.place('/livez')} HTTP/1.1\r\nx-slow: `;
      await Promise.all([
        ...Array.from({ length: 20 }, () =>
          expectGivenUp(api, front, { start, earliestMs, limitMs, lastMs }),
        ),
        expectOthersServed(api, front, front.balancer ? servedMs : own),
      ]);
    },
  },
  {
    id: 'SL3',
    group,
    title: 'clients that send a byte of their body now and then',
    expected:
      'closed or 408 at REQUEST_TIMEOUT_MS, or that and HEADERS_TIMEOUT_MS; others are served meanwhile',
    source: 'OWASP API4:2023; RFC 9110, section 15.5.9',
    remedy: 'Give bodies a time to arrive in, whatever comes meanwhile.',
    evidence: ['limited', 'resilient'],
    needs: ['started', 'resource', 'writing'],
    relies: ['REQUEST_TIMEOUT_MS'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const { HEADERS_TIMEOUT_MS: headersMs = 0, REQUEST_TIMEOUT_MS: requestMs } = api.fleet.settings;
      const limitMs = Number(headersMs) + Number(requestMs);
      const start = await headOf(api, {
        method: 'POST',
        path: api.resource.path,
        headers: {
          host: 'verify',
          'content-type': 'application/json',
          'content-length': '1000',
          ...api.authorization('editor'),
        },
      });
      const times = { earliestMs: limitMs / 2, limitMs, lastMs: limitMs + 2500 };
      await Promise.all([
        ...Array.from({ length: 5 }, () => expectGivenUp(api, instance, { start, ...times })),
        expectOthersServed(api, instance, limitMs),
      ]);
    },
  },
];

/** Three times the capacity of an instance, and what came back. */
async function overloaded(
  api: Api,
  instance: Instance,
): Promise<{ peak: number; shots: TrafficResponse[]; probes: TrafficResponse[] }> {
  const aim = { path: `${api.resource.path}?limit=1`, headers: api.authorization('reader') };
  const load = new Traffic(instance);
  try {
    const [warmMs, peakMs, overloadMs] = [500, 1500, 2500];
    const warm = load.callers(Number(api.fleet.settings.MAX_INFLIGHT) - 2, () => aim);
    await pause(warmMs);
    await warm();
    const start = performance.now();
    const stop = load.callers(Number(api.fleet.settings.MAX_INFLIGHT) - 2, () => aim);
    await pause(peakMs);
    const peak = perSecond(await stop(), performance.now() - start);
    const paths = ['/livez', '/readyz'].map((path) => api.place(path));
    const probing = load.callers(1, (serial) => ({ path: paths[serial % 2]! }), 40);
    const shots = await load.arrivals(3 * peak, overloadMs, () => aim);
    return { peak, shots, probes: await probing() };
  } finally {
    load.close();
  }
}

/** The fault of the responses; undefined when there is none. */
function verdict(
  peak: number,
  shots: readonly TrafficResponse[],
  probes: readonly TrafficResponse[],
): { expected: string; got: string } | undefined {
  const refused = shots.filter(({ status }) => status !== 200);
  const strange = refused.find(
    ({ status, headers, text }) =>
      status !== 503 || !/^[1-9]\d*$/.test(headers['retry-after'] ?? '') || !/overloaded"/.test(text),
  );
  if (strange)
    return {
      expected: 'only 200, and 503 overloaded with Retry-After',
      got: `status ${strange.status}, Retry-After ${strange.headers['retry-after'] ?? 'missing'}: ${strange.text.slice(0, 200)}`,
    };
  if (refused.length < shots.length / 4)
    return {
      expected: 'requests over the capacity to be refused',
      got: `${refused.length} of ${shots.length}`,
    };
  const served = shots.filter(({ status }) => status === 200);
  const goodput = perSecond(served, Math.max(...served.map(({ at, ms }) => at + ms)) - shots[0]!.at);
  if (goodput < peak * 0.8)
    return {
      expected: `at least 80 % of ${Math.round(peak)} answers a second`,
      got: `${Math.round(goodput)}`,
    };
  const unanswered = probes.find(({ status, text }) => status === 0 || /overloaded/.test(text));
  if (unanswered || probes.length < 10)
    return {
      expected: 'probes to be answered',
      got: unanswered ? `status ${unanswered.status} ${unanswered.text}` : `${probes.length} answers`,
    };
  const alive = median(probes.map(({ ms }) => ms));
  const refusal = median(refused.map(({ ms }) => ms));
  if (refusal > alive + 20)
    return {
      expected: `refusals within 20 ms of the time of a probe (${Math.round(alive)} ms)`,
      got: `${Math.round(refusal)} ms`,
    };
  return undefined;
}

function perSecond(shots: readonly TrafficResponse[], ms: number): number {
  return (shots.filter(({ status }) => status === 200).length / ms) * 1000;
}

/** Many bodies without an end, at once. */
async function flood(api: Api, { url }: Instance, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      const response = await api.trySend({
        method: 'POST',
        path: api.resource.path,
        as: 'editor',
        headers: { 'content-type': 'application/json' },
        body: Readable.from(endless()),
        to: url,
        timeoutMs: 20_000,
      });
      if (response) expectThat(response.status === 413, 'status 413', `status ${response.status}`);
    }),
  );
}

/** A transfer that has not stopped after 16 MB never will. */
function* endless(): Generator<Buffer> {
  const slice = Buffer.alloc(64 * 1024, 'x');
  yield Buffer.from('{"text": "');
  for (let sent = 0; sent < 16 * megabyte; sent += slice.length) yield slice;
}

/**
 * Sends `start`, then a byte a second. The connection has to stand until `earliestMs`, and to be over at `lastMs`.
 * @param limitMs when it should be over
 */
async function expectGivenUp(
  api: Api,
  server: Server,
  {
    start,
    earliestMs,
    limitMs,
    lastMs,
  }: { start: string; earliestMs: number; limitMs: number; lastMs: number },
): Promise<void> {
  const connection: Connection = await api.connect(server);
  connection.write(start);
  const end = performance.now() + lastMs;
  const dribble = setInterval(() => connection.write('x'), 1000);
  try {
    expectThat(
      !(await connection.closed(earliestMs)),
      `a slow client to have ${limitMs} ms`,
      `the connection closed within ${earliestMs} ms`,
    );
    const over = await connection.closed(end - performance.now());
    const text = await connection.received(/^/, 0);
    expectThat(
      over,
      `the end of a slow client within ${limitMs} ms`,
      text.slice(0, 200) || 'an open connection',
    );
    expectThat(
      text === '' || /^HTTP\/1\.1 408 /.test(text),
      'status 408, or the end of the connection',
      text.slice(0, 200),
    );
  } finally {
    clearInterval(dribble);
    connection.end();
  }
}

async function expectOthersServed(api: Api, { url }: Server, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const response = await api.send({ path: `${api.resource.path}?limit=1`, as: 'reader', to: url });
    expectThat(response.status === 200, 'others to be served meanwhile', `status ${response.status}`);
    await pause(200);
  }
}
