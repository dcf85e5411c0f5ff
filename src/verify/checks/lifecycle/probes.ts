import type { Api, Instance } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectStatus, expectThat, summary } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Fault } from '../../proxies/faults.js';
import type { Row } from '../row.js';
import { shortTimes } from './short-times.js';

const group = 'lifecycle';
/** Checks are kept for two seconds at most, and take a moment themselves. */
const noticedMs = 4000;
/** A dependency that is back may have to be connected to again first. */
const recoveredMs = 10_000;
/** Details that a public probe must not expose: addresses, credentials, versions. */
const tooMuch = /:\/\/|@|\b\d+\.\d+|localhost|password|:\d{4,5}\b/i;

export const probes: Row[] = [
  {
    id: 'HP1',
    group,
    title: 'liveness depends on nothing',
    expected:
      '/livez answers 200 within a second while database and cache refuse connections, and while they hang',
    source: 'Kubernetes documentation, "Liveness, Readiness, and Startup Probes"',
    remedy: 'Let /livez answer from the process alone: a restart does not repair a database.',
    evidence: ['resilient', 'balanced'],
    needs: ['started', 'dependency', 'liveness'],
    quick: false,
    async run(api) {
      const readiness = async (to: string) => (await api.trySend({ path: '/readyz', to }))?.text;
      const well = await readiness(api.fleet.instances[0]!.url);
      // Hanging connections are in use, or being opened: the first ones were closed when they were refused.
      for (const kind of ['hang', 'refuse', 'hang'] as const) {
        faultAll(api, { kind });
        // An instance detects it at its next check, which may be some time away.
        for (const { url } of api.fleet.instances)
          await until(async () => (await readiness(url)) !== well, 3000);
        for (const { url } of api.fleet.instances) {
          const response = await api.send({ path: '/livez', to: url, timeoutMs: 5000 });
          expectStatus(response, 200);
          expectThat(response.ms < 1000, `/livez within a second (${kind})`, `${Math.round(response.ms)} ms`);
        }
      }
    },
  },
  {
    id: 'HP2',
    group,
    title: 'readiness names the fault, and removes no instance for a shared dependency',
    expected:
      '200 "degraded" that names the check that is down, soon and without asking the dependency each time; 503 while draining and starting',
    source: 'Amazon Builders\' Library, "Implementing health checks"',
    remedy:
      'Check the dependencies in /readyz at most once a second, and answer 503 only for what this instance alone is to blame for.',
    evidence: ['balanced', 'resilient'],
    needs: ['started', 'checks'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const well = await readiness(api, instance, 'ready');
      expectStatus(well, 200);
      const checks = checksOf(well);
      expectThat(
        Object.values(checks).length > 0 && Object.values(checks).every((state) => state === 'up'),
        'checks by name, each "up"',
        well.text,
      );
      expectThat(!tooMuch.test(well.text), 'no address, credential or version', well.text);
      if (api.fleet.hasDatabase) await expectFewChecks(api, instance);
      for (const proxy of [
        ...(api.fleet.hasDatabase ? [api.fleet.database] : []),
        ...(api.fleet.hasStore ? [api.fleet.store] : []),
      ]) {
        proxy.set({ kind: 'refuse' });
        const degraded = await readiness(api, instance, 'degraded');
        expectStatus(degraded, 200);
        expectThat(
          Object.values(checksOf(degraded)).includes('down'),
          'a check that is "down"',
          degraded.text,
        );
        expectThat(!tooMuch.test(degraded.text), 'no address, credential or version', degraded.text);
        proxy.set({ kind: 'pass' });
        expectStatus(await readiness(api, instance, 'ready'), 200);
      }
      await expectRefusalAround(api, instance);
    },
  },
  {
    id: 'HP3',
    group,
    title: 'readiness depends on the configured dependencies',
    expected:
      'with READINESS_GATES=database, /readyz answers 503 while the database is down, alone or with the cache, and 200 after that',
    source: 'Kubernetes documentation, "Liveness, Readiness, and Startup Probes"',
    remedy: 'Answer 503 when a dependency of the list is down.',
    evidence: ['balanced'],
    needs: ['started', 'database', 'checks'],
    relies: ['READINESS_GATES'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      expectStatus(await readiness(api, instance, 'ready'), 200);
      api.fleet.database.set({ kind: 'refuse' });
      expectStatus(await readiness(api, instance, 'unavailable'), 503);
      if (api.fleet.hasStore) {
        api.fleet.store.set({ kind: 'refuse' });
        await expectAllDown(api, instance);
        api.fleet.store.set({ kind: 'pass' });
      }
      api.fleet.database.set({ kind: 'pass' });
      expectStatus(await readiness(api, instance, 'ready'), 200);
    },
  },
];

/** With all checks down, it still depends on the one of the list. */
async function expectAllDown(api: Api, { url }: Instance): Promise<void> {
  let last: Response | undefined;
  const down = await until(async () => {
    last = await api.send({ path: '/readyz', to: url });
    return Object.values(checksOf(last)).every((state) => state === 'down');
  }, noticedMs);
  expectThat(down, 'every check "down"', summary(last!));
  expectStatus(last!, 503);
}

/** Does that to all that the instances depend on. */
function faultAll(api: Api, fault: Fault): void {
  if (api.fleet.hasDatabase) api.fleet.database.set(fault);
  if (api.fleet.hasStore) api.fleet.store.set(fault);
}

/** The first answer of /readyz with that status, or the last one there was. */
async function readiness(api: Api, { url }: Instance, status: string): Promise<Response> {
  const withinMs = status === 'ready' ? recoveredMs : noticedMs;
  let last: Response | undefined;
  await until(async () => {
    last = await api.send({ path: '/readyz', to: url });
    return statusOf(last) === status;
  }, withinMs);
  expectThat(statusOf(last!) === status, `"status": "${status}" within ${withinMs / 1000} s`, summary(last!));
  return last!;
}

function statusOf(response: Response): unknown {
  return response.json().status;
}

function checksOf(response: Response): Record<string, unknown> {
  return response.json().checks ?? {};
}

async function expectFewChecks(api: Api, { url }: Instance): Promise<void> {
  const asked = 40;
  api.fleet.database.resetCounts();
  for (let count = 0; count < asked; count += 1) await api.send({ path: '/readyz', to: url });
  const { commands } = api.fleet.database;
  // Half of them leaves room for a slow machine and for what instances do by themselves.
  expectThat(
    commands < asked / 2,
    `about one query a second to the database, however often /readyz is called (${asked} times here)`,
    `${commands} statements`,
  );
}

/** Ends the instance and starts it again: at no moment may it seem ready before it is. */
async function expectRefusalAround(api: Api, instance: Instance): Promise<void> {
  instance.signal('SIGTERM');
  expectStatus(await readiness(api, instance, 'draining'), 503);
  await instance.ended();
  let over = false;
  const started = instance.restart().finally(() => {
    over = true;
  });
  while (!over) {
    const response = await api.trySend({ path: '/readyz', to: instance.url, timeoutMs: 2000 });
    if (response) {
      expectStatus(response, 200, 503);
      if (response.status === 503)
        expectThat(statusOf(response) === 'starting', '"status": "starting" with 503', response.text);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await started;
}
