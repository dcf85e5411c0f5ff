import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import { exportsMetric, metricsOf, type Sample, sumOf } from '../../cluster/metrics.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import { awaitedLater, pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { areIdle, type Gauges, gaugesOf, idle } from '../shared/gauges.js';
import { madeLine, madeStatuses } from '../shared/items.js';
import { isPromised, lineOf, withId } from '../shared/log-lines.js';
import { headOf } from '../shared/raw.js';
import { patiently } from '../shared/small-limits.js';

const group = 'observability';
const duration = 'http_server_request_duration_seconds';
const useTime = 'db_client_connection_use_time_seconds';
/** How long a body is on its way, and how late the database answers. */
const slowMs = 400;
/** The largest bound of a bucket that such a request is not in. */
const belowSeconds = 0.25;
const uploads = 3;
const settleMs = 3000;

export const units: Row[] = [
  {
    id: 'MX3',
    group,
    title: 'metrics have the unit of their name',
    expected: `requests that take ${slowMs} ms and more add that time, in seconds, to ${duration}, and in milliseconds to durationMs of their lines; times of the database are seconds; gauges rise with what is in use and are 0 after it`,
    source:
      'Prometheus documentation, "Metric and label naming: base units"; OpenTelemetry semantic conventions, "HTTP metrics" and "Database client metrics"',
    remedy:
      'Divide by 1,000 once, where the time is taken, from the first byte of a request to the end of its response; lower a gauge in a finally.',
    evidence: ['observed', 'pooled'],
    needs: ['started', 'management', 'logs', 'resource', 'writing'],
    relies: ['DB_POOL_MAX'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      await expectRequestsTimed(api, instance);
      if (api.fleet.hasDatabase) await patiently(() => expectDatabaseTimed(api, instance));
      await expectProcess(api, instance);
    },
  },
];

/** Requests whose bodies take a while to come: in every project slow, and as slow as the client wants. */
async function expectRequestsTimed(api: Api, instance: Instance): Promise<void> {
  const labels = { http_request_method: 'POST', http_route: api.resource.path };
  const before = await metricsOf(api, instance);
  const sent = await Promise.all(Array.from({ length: uploads }, () => slowUpload(api, instance)));
  for (const { requestId, ms } of sent) {
    const { durationMs } = await lineOf(api, instance, requestId);
    if (durationMs !== undefined || isPromised(api, 'durationMs'))
      expectBetween(durationMs, slowMs, ms, 'ms as "durationMs" of a request that took that time');
  }
  if (!(await expectLabelled(api, instance, ['http_request_method', 'http_route']))) return;
  const rise = async (name: string, more = {}) =>
    riseOf(before, await metricsOf(api, instance), name, { ...labels, ...more });
  await until(async () => (await rise(`${duration}_count`)) >= uploads, settleMs);
  expectEqual(await rise(`${duration}_count`), uploads, `requests more in ${duration}_count`);
  const seconds = sent.reduce((sum, { ms }) => sum + ms / 1000, 0);
  expectBetween(
    await rise(`${duration}_sum`),
    (uploads * slowMs) / 1000,
    seconds,
    `s more in ${duration}_sum`,
  );
  const fast = await rise(`${duration}_bucket`, { le: String(belowSeconds) });
  expectEqual(fast, 0, `requests more in the bucket of ${belowSeconds} s`);
  expectEqual(
    await rise(`${duration}_bucket`, { le: '+Inf' }),
    uploads,
    'requests more in the bucket of +Inf',
  );
}

/**
 * Whether requests are measured with those labels.
 * @throws Mismatch when they are not, and the project is generated or names them in its verify.yaml
 */
async function expectLabelled(api: Api, instance: Instance, labels: readonly string[]): Promise<boolean> {
  const samples = await metricsOf(api, instance);
  if (!exportsMetric(api, samples, duration)) return false;
  const own = samples.filter(({ name }) => name === `${duration}_count`);
  const lacking = labels.find((label) => !own.some((sample) => label in sample.labels));
  const named = api.fleet.telemetry.metrics[duration]?.labels ?? {};
  expectThat(
    lacking === undefined || !(api.contract.isOwn || lacking in named),
    `a label ${lacking && (named[lacking] ?? lacking)} of ${duration}`,
    own.map((sample) => Object.keys(sample.labels).join(', '))[0] ?? 'no sample',
  );
  return lacking === undefined;
}

/** A POST that keeps the second half of its body back for a while. @returns how long it took in all */
async function slowUpload(api: Api, instance: Instance): Promise<{ requestId: string; ms: number }> {
  const requestId = randomUUID();
  const body = JSON.stringify(await api.body());
  const fields = {
    host: 'verify',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...withId(api, requestId),
    ...api.authorization('editor'),
  };
  const head = await headOf(api, { method: 'POST', path: api.resource.path, headers: fields });
  const connection = await api.connect(instance);
  const start = performance.now();
  try {
    connection.write(`${head}${body.slice(0, 5)}`);
    await pause(slowMs);
    connection.write(body.slice(5));
    const answer = await connection.received(/\r\n\r\n/);
    const wanted = `${madeStatuses(api).join(' or ')} for a slow body`;
    expectThat(madeLine(api).test(answer), wanted, answer.slice(0, 200) || 'nothing');
    return { requestId, ms: performance.now() - start };
  } finally {
    connection.end();
  }
}

/** Reads that wait for the database, more than there are connections. */
async function expectDatabaseTimed(api: Api, instance: Instance): Promise<void> {
  const count = Number(api.fleet.settings.DB_POOL_MAX) + 2;
  const before = await metricsOf(api, instance);
  const most: Gauges = idle(await gaugesOf(api, instance));
  api.fleet.database.set({ kind: 'delay', ms: slowMs });
  let waiting = true;
  const path = `${api.resource.path}?limit=1`;
  const reads = awaitedLater(
    Promise.all(
      Array.from({ length: count }, () => api.send({ path, as: 'reader', to: instance.url })),
    ).finally(() => {
      waiting = false;
    }),
  );
  while (waiting) {
    const now = await gaugesOf(api, instance);
    for (const name of Object.keys(most) as (keyof Gauges)[])
      most[name] = Math.max(most[name] ?? 0, now[name] ?? 0);
    await pause(25);
  }
  api.fleet.database.set({ kind: 'pass' });
  const answers = await reads;
  expectThat(
    Object.values(most).every((value) => value > 0),
    'gauges above 0 while all connections are in use',
    most,
  );
  const seconds = answers.reduce((sum, { ms }) => sum + ms / 1000, 0);
  const after = await metricsOf(api, instance);
  for (const { name } of after.filter(({ name }) => /^db_client_\w+_seconds_sum$/.test(name))) {
    const least = name === `${useTime}_sum` ? (count * slowMs) / 1000 : 0;
    expectBetween(riseOf(before, after, name), least, seconds, `s more in ${name}`);
  }
  let gauges = await gaugesOf(api, instance);
  await until(async () => {
    gauges = await gaugesOf(api, instance);
    return areIdle(gauges);
  }, settleMs);
  expectEqual(gauges, idle(gauges), 'gauges when all is answered:');
}

/** The metrics of the process itself, as far as it exports them. */
async function expectProcess(api: Api, instance: Instance): Promise<void> {
  const samples = await metricsOf(api, instance);
  const now = Date.now() / 1000;
  const bounds: Record<string, [least: number, most: number]> = {
    process_resident_memory_bytes: [5e6, 1e11],
    process_start_time_seconds: [now - 86_400, now + 60],
    process_cpu_seconds_total: [0.01, 86_400],
  };
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = sumOf(samples, name);
    expectThat(
      value === undefined || (value > least && value < most),
      `${name} from ${least} to ${most}`,
      value,
    );
  }
}

function riseOf(
  before: readonly Sample[],
  after: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number {
  return (sumOf(after, name, labels) ?? 0) - (sumOf(before, name, labels) ?? 0);
}

/** A duration from another clock may be slightly below the minimum, and above the time that the client waited. */
function expectBetween(value: number, least: number, most: number, what: string): void {
  expectThat(
    value >= least * 0.8 && value <= most * 3,
    `${least} to ${Math.round(most * 1000) / 1000} ${what}`,
    value,
  );
}
