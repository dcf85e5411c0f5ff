import { randomBytes, randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import {
  exportsMetric,
  metricsOf,
  metricsPage,
  needMetric,
  type Sample,
  sumOf,
} from '../../cluster/metrics.js';
import { expectEqual, expectHeader, expectStatus, expectThat } from '../../http/expectations.js';
import { Traffic } from '../../http/traffic.js';
import { until } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import { absentItem } from '../shared/items.js';

const group = 'observability';
const duration = 'http_server_request_duration_seconds';
const strangers = 1000;

export const metrics: Row[] = [
  {
    id: 'MX1',
    group,
    title: 'how long requests take, by route',
    expected: `${duration}: a histogram from 0.005 to 10 s by method, route template and status, on the management port alone; 1,000 paths that do not exist add no series`,
    source:
      'OpenTelemetry semantic conventions, "HTTP metrics"; Prometheus documentation, "Metric and label naming"',
    remedy: 'Label by the template of the route, and by one name for all that no route takes.',
    evidence: ['observed'],
    needs: ['started', 'management', 'resource'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      if (instance.managementUrl !== instance.url)
        expectStatus(await api.send({ path: '/metrics', to: instance.url }), 404);
      const page = await metricsPage(api, instance);
      expectHeader(page, 'Content-Type', /^(text\/plain|application\/openmetrics-text)\b/);
      const name = api.fleet.telemetry.metrics[duration]?.name ?? duration;
      const isHistogram = new RegExp(`^# TYPE ${name} histogram$`, 'm').test(page.text);
      if (!isHistogram) needMetric(api, await metricsOf(api, instance), duration);
      expectThat(isHistogram, `a histogram ${name}`, page.text.slice(0, 200));
      await expectCounted(api, instance);
      const series = async () =>
        (await metricsOf(api, instance)).filter(({ name }) => name.startsWith('http_'));
      const load = new Traffic(instance);
      try {
        // The first of each kind may add its series; the others may not.
        for (let serial = 0; serial < kinds.length; serial += 1)
          await load.send({ path: stranger(api, serial) });
        const before = await series();
        let serial = 0;
        const caller = async () => {
          while (serial < strangers) await load.send({ path: stranger(api, serial++) });
        };
        await Promise.all(Array.from({ length: 10 }, caller));
        const after = await series();
        const known = new Set(before.map(keyOf));
        const added = after.map(keyOf).filter((key) => !known.has(key));
        expectThat(
          added.length === 0,
          `no new series after ${strangers} paths that do not exist`,
          `${added.length}, as ${added[0]}`,
        );
      } finally {
        load.close();
      }
    },
  },
  {
    id: 'MX2',
    group,
    title: 'what saturates is measured',
    expected:
      'pool size and use, cache reads by level, fallbacks of the rate limiter, state of the breakers, shed and active requests, and how late the runtime is',
    source:
      'OpenTelemetry semantic conventions, "Database client metrics" and "HTTP metrics"; Google SRE Book, chapter 6',
    remedy:
      'Export each with the names of OpenTelemetry where it has one, before anything has happened as well.',
    evidence: ['observed', 'pooled', 'cached'],
    needs: ['started', 'management', 'resource', 'writing'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const { hasDatabase, hasStore, settings } = api.fleet;
      const samples = await metricsOf(api, instance);
      const isOwn = api.contract.isOwn;
      const wanted = [
        'http_server_active_requests',
        'http_server_shed_requests_total',
        'cache_requests_total',
        'rate_limit_fallback_total',
        ...(hasDatabase ? ['db_client_connection_count', 'db_client_connection_pending_requests'] : []),
        ...(hasDatabase || hasStore ? ['circuit_breaker_state'] : []),
        ...(api.contract.operations.some(({ path }) => path.startsWith('/v1/jobs/'))
          ? ['job_queue_depth']
          : []),
      ];
      const there = wanted.filter((name) => exportsMetric(api, samples, name));
      if (there.length === 0)
        throw new NotApplicable(
          `there is no metric of what may saturate, such as ${wanted[0]}; \`metricNames\` of verify.yaml can say what they are called`,
        );
      if (isOwn)
        expectThat(
          samples.some(({ name }) => /(event_?loop_?(delay|lag)|threads?_?pool|executor)/i.test(name)),
          'a metric that says how late the event loop is, or how full the pool of threads',
          names(samples).join(', '),
        );
      const knowsPool =
        isOwn || (exportsMetric(api, samples, 'db_client_connection_max') && settings.DB_POOL_MAX);
      if (hasDatabase && knowsPool) expectPool(samples, Number(settings.DB_POOL_MAX));
      if (isOwn || there.includes('cache_requests_total')) await expectCacheCounted(api, instance);
      if (!isOwn && !there.includes('rate_limit_fallback_total')) return;
      if (!hasStore) return;
      const fallbacks = async () => sumOf(await metricsOf(api, instance), 'rate_limit_fallback_total') ?? 0;
      const before = await fallbacks();
      api.fleet.store.set({ kind: 'refuse' });
      const counted = await until(async () => {
        // Another principal each time: a limiter may have tokens left for one that it knows.
        const headers = api.authorization('editor', randomUUID());
        await api.send({ method: 'POST', path: api.resource.path, headers, to: instance.url, json: {} });
        return (await fallbacks()) > before;
      }, 3000);
      expectThat(counted, 'rate_limit_fallback_total to rise while the shared cache is down', before);
      if (!isOwn && !there.includes('circuit_breaker_state')) return;
      const open = (await metricsOf(api, instance)).some(
        ({ name, value }) => name === 'circuit_breaker_state' && value > 0,
      );
      expectThat(open, 'a circuit_breaker_state above 0 while the shared cache is down', 'all are 0');
    },
  },
];

/** Paths that do not exist, of several kinds. */
const kinds: ((api: Api, random: string) => string)[] = [
  (_api, random) => `/${random}`,
  (_api, random) => `/v1/${random}/${random}`,
  (api, random) => `${api.resource.path}/${random}/x`,
  (api, random) => api.resource.item(random),
];

function stranger(api: Api, serial: number): string {
  return kinds[serial % kinds.length]!(api, `r${randomBytes(8).toString('hex')}`);
}

/** Three reads of an item have to be counted under its route. */
async function expectCounted(api: Api, instance: Instance): Promise<void> {
  const route = api.contract.find('GET', api.resource.item('x'))!.path;
  const labels = {
    http_request_method: 'GET',
    http_route: route,
    http_response_status_code: '404',
  };
  const count = async () => sumOf(await metricsOf(api, instance), `${duration}_count`, labels) ?? 0;
  const before = await count();
  for (let sent = 0; sent < 3; sent += 1)
    expectStatus(await api.send({ path: absentItem(api), as: 'reader', to: instance.url }), 404);
  const rose = await until(async () => (await count()) >= before + 3, 2000);
  const samples = await metricsOf(api, instance);
  const named = api.fleet.telemetry.metrics[duration]?.labels ?? {};
  const lacking = Object.keys(labels).filter(
    (label) => !(label in named) && !hasLabels(samples, `${duration}_count`, [label]),
  );
  if (!rose && !api.contract.isOwn && lacking.length > 0)
    throw new NotApplicable(
      `${duration} has no labels ${lacking.join(', ')}; \`metricNames\` of verify.yaml can say what they are called`,
    );
  expectThat(
    rose,
    `three requests more in ${duration}_count${JSON.stringify(labels)}`,
    samples.filter(({ name }) => name === `${duration}_count`).map(({ labels: own }) => own),
  );
  expectEqual(await count(), before + 3, `the number of requests in ${duration}_count`);
  if (!api.contract.isOwn) return;
  const bounds = samples
    .filter(({ name, labels: own }) => name === `${duration}_bucket` && own.http_route === route)
    .map(({ labels: own }) => Number(own.le === '+Inf' ? Number.POSITIVE_INFINITY : own.le))
    .filter((bound) => Number.isFinite(bound));
  expectThat(
    Math.min(...bounds) === 0.005 && Math.max(...bounds) === 10,
    'buckets from 0.005 to 10 s',
    [...new Set(bounds)].join(', '),
  );
}

function expectPool(samples: readonly Sample[], size: number): void {
  const pools = samples.filter(({ name }) => name === 'db_client_connection_max');
  expectThat(
    pools.length > 0 && pools.every(({ value }) => value === size),
    `db_client_connection_max ${size}, as DB_POOL_MAX says`,
    pools.map(({ value }) => value),
  );
  const open = sumOf(samples, 'db_client_connection_count') ?? 0;
  expectThat(open <= size * pools.length, `db_client_connection_count of ${size} at most`, open);
}

/** An item is read three times: the first read can be a miss, the others are answered by the process. */
async function expectCacheCounted(api: Api, instance: Instance): Promise<void> {
  const { path } = await api.create();
  const before = await metricsOf(api, instance);
  for (let read = 0; read < 3; read += 1)
    expectStatus(await api.send({ path, as: 'reader', to: instance.url }), 200);
  const after = await metricsOf(api, instance);
  const rise = (labels: Record<string, string>) =>
    (sumOf(after, 'cache_requests_total', labels) ?? 0) -
    (sumOf(before, 'cache_requests_total', labels) ?? 0);
  if (!api.contract.isOwn) {
    expectThat(rise({}) >= 3, '3 reads more in cache_requests_total', rise({}));
    return;
  }
  expectEqual(rise({}), 3, 'reads more in cache_requests_total');
  expectThat(
    rise({ level: 'l1', outcome: 'hit' }) >= 2,
    'two more of cache_requests_total{level="l1", outcome="hit"} at least',
    rise({ level: 'l1', outcome: 'hit' }),
  );
}

function hasLabels(samples: readonly Sample[], name: string, labels: readonly string[]): boolean {
  return samples.some((sample) => sample.name === name && labels.every((label) => label in sample.labels));
}

function names(samples: readonly Sample[]): string[] {
  return [...new Set(samples.map(({ name }) => name))];
}

/** Apart from the status: that a machine is too slow for one request of a thousand adds no path. */
function keyOf({ name, labels }: Sample): string {
  return `${name}${JSON.stringify({ ...labels, http_response_status_code: undefined })}`;
}
