import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Capacity, capacity } from '../../src/capacity/capacity.js';
import { shareWaiting } from '../../src/capacity/erlang.js';
import { explain } from '../../src/capacity/explain.js';
import { fitScalability } from '../../src/capacity/scalability.js';
import {
  defaultWorkload,
  isWorkload,
  type Workload,
  workloadKeys,
  workloadOptions,
} from '../../src/capacity/workload.js';

const example: Workload = {
  ...defaultWorkload,
  peakRps: 2000,
  p95Ms: 80,
  dbMs: 8,
  cpuMs: 3,
  dbCores: 8,
  dbConnections: 100,
  zones: 3,
};

/** Any load that is taken, small and large ones alike. */
const loads = fc.record(
  Object.fromEntries(
    workloadKeys.map((key) => {
      const option: { min: number; max: number; decimals?: true } = workloadOptions[key];
      const { min, max } = option;
      const whole = fc.oneof(
        fc.integer({ min: Math.ceil(min), max: Math.min(max, 200) }),
        fc.integer({ min: Math.ceil(min), max }),
      );
      return [key, option.decimals ? fc.oneof(whole, fc.double({ min, max, noNaN: true })) : whole];
    }),
  ),
) as fc.Arbitrary<Workload>;

/** Without workers and with them. */
function holds(check: (sizes: Capacity, load: Workload) => void): void {
  fc.assert(
    fc.property(loads, fc.boolean(), (load, hasWorkers) =>
      check(capacity(load, undefined, hasWorkers), load),
    ),
    { numRuns: 2000 },
  );
}

test('connections never exceed what the database grants, at most instances and during a rollout', () => {
  holds((sizes, { dbConnections }) => {
    const { dbPoolMax, instancesMax, surgePercent, poolers, poolerPoolSize, workerConnections } = sizes;
    const atOnce = (count: number) => Math.ceil(count * (1 + surgePercent / 100));
    expect(dbPoolMax * atOnce(instancesMax) + workerConnections).toBeLessThanOrEqual(dbConnections - 13);
    expect(instancesMax).toBeGreaterThanOrEqual(1);
    // Old poolers and new ones are there side by side for a while.
    expect(2 * poolers * poolerPoolSize).toBeLessThanOrEqual(dbConnections - 13);
    expect(dbPoolMax).toBeGreaterThanOrEqual(1);
    expect(poolerPoolSize).toBeGreaterThanOrEqual(1);
  });
});

test('a pooler takes the clients of all instances and workers', () => {
  holds(({ pooledInstancesMax, pooledPoolMax, surgePercent, poolerMaxClients, workerConnections }) => {
    const atOnce = Math.ceil(pooledInstancesMax * (1 + surgePercent / 100));
    expect(poolerMaxClients).toBeGreaterThanOrEqual(atOnce * pooledPoolMax + workerConnections);
  });
});

test('workers have a connection for each job, stay within their share, and take none where there are none', () => {
  fc.assert(
    fc.property(loads, (load) => {
      const sizes = capacity(load, undefined, true);
      const { workers, workersMax, workerConcurrency, workerPoolMax, surgePercent } = sizes;
      const atOnce = Math.ceil(workersMax * (1 + surgePercent / 100));
      expect(sizes.workerConnections).toBe(atOnce * workerPoolMax);
      expect(sizes.workerConnections).toBeLessThanOrEqual((load.dbConnections - 13) / 2);
      expect(workerConcurrency).toBeLessThanOrEqual(workerPoolMax);
      expect(workerConcurrency).toBeGreaterThanOrEqual(1);
      expect(workers).toBeLessThanOrEqual(workersMax);
      // One may be lost, unless there are hardly any connections.
      if (load.dbConnections >= 31) expect(workers).toBe(2);
      expect(capacity(load).workerConnections).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test('the sizes of workers worked out by hand', () => {
  const withWorkers = (dbConnections: number) =>
    capacity({ ...defaultWorkload, dbConnections }, undefined, true);
  const all = { workers: 2, workersMax: 4, workerConcurrency: 4, workerPoolMax: 6, workerConnections: 30 };
  expect(withWorkers(100)).toMatchObject({ ...all, dbBudget: 57 });
  const few = { workers: 2, workersMax: 2, workerConcurrency: 2, workerPoolMax: 4, workerConnections: 12 };
  expect(withWorkers(40)).toMatchObject({ ...few, dbBudget: 15 });
  expect(withWorkers(17)).toMatchObject({
    workers: 1,
    workersMax: 1,
    workerConcurrency: 1,
    workerPoolMax: 1,
  });
  const { warnings } = explain({ ...defaultWorkload, dbConnections: 40 }, undefined, true);
  expect(warnings.map(({ what }) => what)).toContain(
    'with a limit of 40 connections a worker has 4 of the 6 that it needs',
  );
});

test('timeouts nest', () => {
  holds((sizes) => {
    const { dbLockTimeoutMs, dbStatementTimeoutMs, dbAcquireTimeoutMs, poolerQueryWaitMs } = sizes;
    const ordered = [
      [dbLockTimeoutMs, dbStatementTimeoutMs],
      [dbAcquireTimeoutMs + poolerQueryWaitMs + dbStatementTimeoutMs, sizes.requestTimeoutMs],
      [sizes.requestTimeoutMs, sizes.balancerTimeoutS * 1000],
      [sizes.balancerTimeoutS, sizes.clientTimeoutS],
      [sizes.balancerIdleS * 1000, sizes.keepaliveTimeoutMs],
      [sizes.drainDelayMs + sizes.requestTimeoutMs, sizes.shutdownTimeoutMs],
      [sizes.shutdownTimeoutMs, sizes.terminationGraceS * 1000],
    ];
    for (const [shorter, longer] of ordered) expect(shorter).toBeLessThan(longer!);
  });
});

test('instances survive a zone, and the autoscaler stays around them', () => {
  holds((sizes, { zones }) => {
    const { instances, instancesNeeded, instancesMin, instancesMax } = sizes;
    expect(instances % zones).toBe(0);
    expect(instances - (zones > 1 ? instances / zones : 0)).toBeGreaterThanOrEqual(instancesNeeded);
    expect(instancesMin).toBeLessThanOrEqual(instancesMax);
    expect(instancesMin).toBeGreaterThanOrEqual(Math.min(2, instancesMax));
    expect(sizes.pooledInstancesMin).toBeLessThanOrEqual(sizes.pooledInstancesMax);
    expect(sizes.pooledInstancesMax).toBeGreaterThanOrEqual(instances);
  });
});

test('every size is a whole number, or says that it is not', () => {
  const fractions = ['inflight', 'dbBusy', 'sloLatencyS', 'sloAvailabilityPercent', 'sharedStoreOps'];
  holds((sizes) => {
    for (const [name, value] of Object.entries(sizes)) {
      if (name in defaultWorkload || fractions.includes(name)) continue;
      expect([name, Number.isSafeInteger(value)]).toEqual([name, true]);
    }
  });
});

test('the sizes of a load worked out by hand', () => {
  expect(capacity(example)).toMatchObject({
    inflight: 160,
    dbBusy: 16,
    instancesForCpu: 10,
    instancesForInflight: 2,
    instances: 15,
    instancesMin: 5,
    instancesMax: 16,
    pooledInstancesMax: 23,
    dbPoolMax: 4,
    poolSize: 17,
    poolerPoolSize: 8,
    maxInflight: 64,
    rateLimitDefault: 400,
    sloLatencyS: 0.1,
  });
  expect(explain(example).warnings.map(({ what }) => what)).toEqual([
    'the database is near saturation: 16 busy connections for 8 cores, which run 17 at once (94 %)',
    'without a pooler the autoscaler stops at 16 instead of 23 instances',
  ]);
});

test.each<[string, Partial<Workload>, RegExp]>([
  ['a slow database', { dbMs: 90, cpuMs: 20 }, /more than the target of 100 ms/],
  ['a long response', { p95Ms: 20_000 }, /deadline of 30000 ms/],
  ['more than the database can do', { peakRps: 5000 }, /is the bottleneck: 40 busy.*\(444 %\)/],
  [
    'few connections',
    { peakRps: 900, dbConnections: 17 },
    /17 connections are enough for 3 of the 6 instances/,
  ],
  ['few connections for poolers', { dbConnections: 19 }, /poolers have 2 server connections for 4/],
  ['small pools', { peakRps: 5000, dbConnections: 60 }, /an instance has 1 of the/],
  ['many connections', { dbConnections: 5000 }, /5000 connections slow/],
  ['many sign-ins', { loginsRps: 100 }, /sign-ins take 5 of 3 cores/],
  ['a busy shared store', { peakRps: 50_000 }, /shared store gets up to 160000 commands/],
])('%s is warned of', (_, changed, expected) => {
  const { warnings } = explain({ ...defaultWorkload, ...changed });
  expect(warnings.map(({ what }) => what)).toContainEqual(expect.stringMatching(expected));
  for (const { change } of warnings) expect(change).not.toBe('');
});

test('the usual load fits', () => {
  expect(explain(defaultWorkload).warnings).toEqual([]);
  expect(explain(defaultWorkload, undefined, true).warnings).toEqual([]);
});

test.each([
  [3, 1, 0.09],
  [8, 4, 0.059],
  [24, 16, 0.043],
  [44, 32, 0.029],
])('of %i connections with %i busy, a share of %f waits (Erlang C)', (servers, busy, share) => {
  expect(shareWaiting(servers, busy)).toBeCloseTo(share, 2);
});

test('all wait when more is busy than there is', () => {
  expect(shareWaiting(4, 4)).toBe(1);
  expect(shareWaiting(2000, 1900)).toBeGreaterThan(0);
});

test('the limit of scaling is found in what was measured', () => {
  const points = [1, 2, 4, 8, 16, 32, 64].map((n) => ({
    instances: n,
    throughput: (1000 * n) / (1 + 0.05 * (n - 1) + 0.001 * n * (n - 1)),
  }));
  const fitted = fitScalability(points);
  expect(fitted.contention).toBeCloseTo(0.05, 6);
  expect(fitted.coherency).toBeCloseTo(0.001, 6);
  expect(fitted.single).toBeCloseTo(1000, 3);
  expect(fitted.peak).toBe(30);
  const { sizes, warnings } = explain({ ...example, peakRps: 4000, dbMs: 1 }, fitted);
  expect(sizes.pooledInstancesMax).toBe(30);
  expect(warnings).toContainEqual(expect.objectContaining({ what: expect.stringContaining('30 instances') }));
});

test('what scales without a limit has none', () => {
  const linear = [1, 2, 3, 4, 5, 6].map((n) => ({ instances: n, throughput: 900 * n }));
  expect(fitScalability(linear)).toMatchObject({ contention: 0, peak: Number.POSITIVE_INFINITY });
});

test('what a load may be', () => {
  expect(isWorkload('peakRps', 1.5)).toBe(false);
  expect(isWorkload('dbMs', 1.5)).toBe(true);
  expect(isWorkload('dbMs', Number.NaN)).toBe(false);
  expect(isWorkload('zones', 11)).toBe(false);
  expect(isWorkload('zones', '3')).toBe(false);
});
