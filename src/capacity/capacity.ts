import type { Workload } from './workload.js';

/** Cores that one process uses: the event loop of Node.js and that of Python have one. */
export const coresPerInstance = 1;
/** Utilisation of a core to plan for; the rest is for bursts. */
export const targetUtilisation = 0.6;
/** Requests in flight that one instance is planned to carry. */
export const inflightPerInstance = 100;
/** Instances over the planned number while a new version is rolled out, as a share. */
export const surge = 0.25;
/** How far the autoscaler may go beyond the planned number. */
export const headroom = 1.5;
/** The share of the peak that is left at night. */
export const trough = 0.3;
/** Connections that a server keeps for superusers, and those for migrations, monitoring and people. */
export const reservedConnections = 3 + 10;
/** Factor of square-root staffing: some 3 to 9 % of the requests wait (Erlang C). */
const staffing = 2;
/** CPU time of one argon2id hash with 19 MiB and two passes, until it has been measured. */
export const hashSeconds = 0.05;
/** Share of the requests that write. */
const writeShare = 0.1;
/** Commands per second that one core of a key-value store answers, until it has been measured. */
export const storeOps = 100_000;
/** Commands for a request: one limit, up to two of the cache, two more for a write. */
export const opsPerRequest = 1 + 2 + writeShare * 2;
/** Poolers, so that one may be lost. */
const poolers = 2;
/** Client connections of a pooler over those of the instances: room for a canary and for jobs. */
export const clientRoom = 1.5;
/** A deadline over the response time aimed at. */
export const deadlineFactor = 50;
/** Requests that an instance works on at once, however low the load. */
export const leastInflight = 64;
/** Callers at their limit that make up the peak. */
export const callersAtPeak = 300;
/** Workers at most, the largest number that the database can serve. */
const workersAtMost = [4, 2, 1] as const;
/** Workers without much to do, so that one may be lost. */
const workersAtLeast = 2;
/** Jobs that a worker does at once. */
const jobsOfWorker = 4;
/** Connections of a worker besides one for each job: signs of life and the relay. */
export const workerOwnConnections = 2;
/** Connections of a worker that lacks none. */
export const workerPoolWanted = jobsOfWorker + workerOwnConnections;
const drainDelayMs = 5_000;
const balancerIdleS = 60;
/** Bounds of the histogram of requests, in seconds. */
const latencyBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Servers for a mean number of busy ones: square-root staffing for an M/M/c queue (Halfin and Whitt, 1981).
 * @param busy mean number of servers in use, by Little's law
 */
export function staffed(busy: number): number {
  return Math.max(2, Math.ceil(rounded(busy + staffing * Math.sqrt(busy))));
}

/** Instances that are there at once while a new version is rolled out. */
export function withSurge(instances: number): number {
  return Math.ceil(rounded(instances * (1 + surge)));
}

/**
 * Statements that a database works on at once: twice its cores and one for a disk (HikariCP wiki, "About Pool
 * Sizing"). A start value for load tests.
 */
export function activeLimit(dbCores: number): number {
  return 2 * dbCores + 1;
}

/**
 * The sizes of a system from its workload. `explain` shows their derivation.
 * @param load in the units of `loadOptions`
 * @param scalingLimit instances beyond which more of them make the system slower, where that has been measured
 * @param hasWorkers whether workers share the database with the instances
 * @returns numbers named with their unit; those without one are counts
 */
export function capacity(load: Workload, scalingLimit = Number.POSITIVE_INFINITY, hasWorkers = false) {
  const { peakRps, p95Ms, dbMs, cpuMs, dbCores, zones } = load;
  const inflight = (peakRps * p95Ms) / 1000;
  const dbBusy = (peakRps * dbMs) / 1000;
  const instancesForCpu = Math.ceil(
    rounded((peakRps * cpuMs) / 1000 / (coresPerInstance * targetUtilisation)),
  );
  const instancesForInflight = Math.ceil(rounded(inflight / inflightPerInstance));
  const instancesNeeded = Math.max(2, instancesForCpu, instancesForInflight);
  const instances = overZones(instancesNeeded, zones);
  const instancesWanted = Math.min(
    Math.ceil(rounded(instances * headroom)),
    Math.max(instances, scalingLimit),
  );

  const pooledPoolMax = staffed(dbBusy / instances);
  const granted = load.dbConnections - reservedConnections;
  const { workerConnections, ...workers } = workersWithin(Math.floor(granted / 2), hasWorkers);
  const budget = granted - workerConnections;
  const dbPoolMax = Math.max(1, Math.min(pooledPoolMax, Math.floor(budget / withSurge(instances))));
  const affordable = Math.floor(rounded(Math.floor(budget / dbPoolMax) / (1 + surge)));
  const instancesMax = Math.min(instancesWanted, affordable);
  const atTrough = Math.max(2, zones, Math.ceil(rounded(instances * trough)));

  // Poolers that are replaced serve their clients, workers among them, to the end, beside the new ones.
  const poolSize = Math.max(
    poolers,
    Math.min(activeLimit(dbCores), staffed(dbBusy), Math.floor(granted / 2)),
  );
  const requestTimeoutMs = Math.min(30_000, Math.max(2_000, deadlineFactor * p95Ms));
  const shutdownTimeoutMs = drainDelayMs + requestTimeoutMs + 5_000;
  return {
    ...load,
    inflight,
    dbBusy,
    dbBudget: budget,
    instancesForCpu,
    instancesForInflight,
    instancesNeeded,
    instances,
    instancesWanted,
    instancesMin: Math.min(atTrough, instancesMax),
    instancesMax,
    pooledInstancesMin: atTrough,
    pooledInstancesMax: instancesWanted,
    ...workers,
    workerConnections,
    surgePercent: surge * 100,
    cpuTargetPercent: targetUtilisation * 100,
    dbPoolMax,
    pooledPoolMax,
    poolers,
    poolSize,
    poolerPoolSize: Math.floor(poolSize / poolers),
    // Each pooler can carry all clients when the others are lost.
    poolerMaxClients: Math.ceil(
      rounded(clientRoom * (withSurge(instancesWanted) * pooledPoolMax + workerConnections)),
    ),
    poolerQueryWaitMs: Math.round(requestTimeoutMs * 0.15),
    maxInflight: Math.max(leastInflight, Math.ceil(rounded((2 * inflight) / instances))),
    requestTimeoutMs,
    dbAcquireTimeoutMs: Math.round(requestTimeoutMs * 0.2),
    dbStatementTimeoutMs: Math.round(requestTimeoutMs * 0.6),
    dbLockTimeoutMs: Math.round(requestTimeoutMs * 0.3),
    balancerTimeoutS: Math.ceil((2 * requestTimeoutMs) / 1000),
    balancerIdleS,
    keepaliveTimeoutMs: (balancerIdleS + 5) * 1000,
    clientTimeoutS: Math.ceil((3 * requestTimeoutMs) / 1000),
    drainDelayMs,
    shutdownTimeoutMs,
    terminationGraceS: Math.ceil(shutdownTimeoutMs / 1000) + 5,
    rateLimitDefault: Math.max(100, Math.ceil((peakRps * 60) / callersAtPeak)),
    rateLimitWrite: Math.max(30, Math.ceil((peakRps * 60 * 0.3) / callersAtPeak)),
    sloLatencyS: latencyBounds.find((bound) => bound * 1000 >= p95Ms) ?? latencyBounds.at(-1)!,
    sloAvailabilityPercent: 99.9,
    passwordHashConcurrency: Math.max(2, Math.ceil(rounded((2 * load.loginsRps * hashSeconds) / instances))),
    sharedStoreOps: peakRps * opsPerRequest,
    loadSmokeRps: 1,
    loadAverageRps: Math.ceil(peakRps / 2),
    loadPeakRps: peakRps,
    loadStressRps: Math.ceil(peakRps * 1.5),
    loadSpikeRps: peakRps * 2,
  };
}

export type Capacity = ReturnType<typeof capacity>;

/**
 * Workers that take no more than their share of the connections of the database.
 * @param connections the most that they may take while a new version is rolled out
 * @param hasWorkers without any, the sizes are those of one that could be added, and take nothing
 */
function workersWithin(connections: number, hasWorkers: boolean) {
  const least = 1 + workerOwnConnections;
  const workersMax = workersAtMost.find((count) => withSurge(count) * least <= connections) ?? 1;
  const pool = Math.floor(connections / withSurge(workersMax));
  const workerPoolMax = Math.max(1, Math.min(workerPoolWanted, pool));
  return {
    workers: Math.min(workersAtLeast, workersMax),
    workersMax,
    workerConcurrency: Math.max(1, workerPoolMax - workerOwnConnections),
    workerPoolMax,
    workerConnections: hasWorkers ? withSurge(workersMax) * workerPoolMax : 0,
  };
}

/** As many in each zone, and enough of them left when one zone is lost. */
function overZones(needed: number, zones: number): number {
  const enough = zones > 1 ? Math.ceil(rounded((needed * zones) / (zones - 1))) : needed;
  return Math.ceil(enough / zones) * zones;
}

/** Takes away what floating point adds, before it is rounded up: 2.0000000000000004 is 2. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
