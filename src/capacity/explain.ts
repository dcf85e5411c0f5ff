import { amount } from './amount.js';
import {
  activeLimit,
  type Capacity,
  callersAtPeak,
  capacity,
  clientRoom,
  coresPerInstance,
  deadlineFactor,
  hashSeconds,
  headroom,
  inflightPerInstance,
  leastInflight,
  opsPerRequest,
  reservedConnections,
  staffed,
  storeOps,
  targetUtilisation,
  trough,
  withSurge,
  workerOwnConnections,
} from './capacity.js';
import { shareWaiting } from './erlang.js';
import type { Scalability } from './scalability.js';
import { type Warning, warningsOf } from './warnings.js';
import { type Workload, workloadKeys, workloadOptions } from './workload.js';

/** One step of the arithmetic: its subject, the rule, and the rule with numbers. */
export interface Step {
  title: string;
  rule: string;
  lines: string[];
}

/** A number of the load, as it is shown. */
export interface Given {
  about: string;
  value: number;
  unit: string;
}

export interface Plan {
  load: Given[];
  sizes: Capacity;
  steps: Step[];
  warnings: Warning[];
}

/** MiB that one argon2id hash takes. */
const hashMebibytes = 19;
/**
 * The sizes for a workload, their derivation, and warnings.
 * @param scalability how throughput grows with instances, where that has been measured
 * @param hasWorkers whether workers share the database with the instances
 */
export function explain(load: Workload, scalability?: Scalability, hasWorkers = false): Plan {
  const sizes = capacity(load, scalability?.peak, hasWorkers);
  const steps = [
    inFlight(sizes),
    instances(sizes),
    pools(sizes),
    ...(hasWorkers ? [workers(sizes)] : []),
    direct(sizes),
    pooled(sizes),
    autoscaler(sizes),
    ...(scalability ? [scaling(scalability)] : []),
    timeouts(sizes),
    limits(sizes),
    passwords(sizes),
    sharedStore(sizes),
  ];
  const given = workloadKeys.map((key) => ({ ...workloadOptions[key], value: load[key] }));
  return { load: given, sizes, steps, warnings: warningsOf(sizes, scalability) };
}

function inFlight({ peakRps, p95Ms, dbMs, inflight, dbBusy }: Capacity): Step {
  return {
    title: 'In flight',
    rule: "Little's law: concurrency = arrival rate × duration",
    lines: [
      `requests at the 95th percentile: ${peakRps}/s × ${p95Ms} ms = ${amount(inflight)}`,
      `busy database connections: ${peakRps}/s × ${dbMs} ms = ${amount(dbBusy)}`,
    ],
  };
}

function instances(sizes: Capacity): Step {
  const { peakRps, cpuMs, zones, inflight, instancesNeeded } = sizes;
  return {
    title: 'Instances',
    rule: 'The larger of the numbers for CPU and for requests in flight; at least 2; enough after the loss of a zone',
    lines: [
      `for the CPU: ${peakRps}/s × ${cpuMs} ms ÷ (${coresPerInstance} core × ${targetUtilisation}) → ${sizes.instancesForCpu}`,
      `for requests in flight: ${amount(inflight)} ÷ ${inflightPerInstance} → ${sizes.instancesForInflight}`,
      zones > 1
        ? `with one of ${zones} zones lost: ${instancesNeeded} × ${zones} ÷ ${zones - 1}, the same number in each zone → ${sizes.instances}`
        : `in one zone → ${sizes.instances}`,
    ],
  };
}

function pools({ instances, dbBusy, pooledPoolMax }: Capacity): Step {
  const busy = dbBusy / instances;
  return {
    title: 'Connection pool of an instance',
    rule: 'Square-root staffing: busy + 2 × √busy, so that few requests wait (Erlang C)',
    lines: [
      `busy in each: ${amount(dbBusy)} ÷ ${instances} = ${amount(busy)}`,
      `pool: ${amount(busy)} + 2 × √${amount(busy)} → ${pooledPoolMax}; ${percent(shareWaiting(pooledPoolMax, busy))} of the requests wait for a connection`,
    ],
  };
}

function workers(sizes: Capacity): Step {
  const { workersMax, workerConcurrency, workerPoolMax, workerConnections } = sizes;
  return {
    title: 'Workers',
    rule: `A connection for each job at once, ${workerOwnConnections} for signs of life and the relay; at least 2 workers, so that one may be lost; at most half of the connections`,
    lines: [
      `pool of a worker: ${workerConcurrency} jobs + ${workerPoolMax - workerConcurrency} → ${workerPoolMax}`,
      `connections of workers: ${workerPoolMax} × ${withSurge(workersMax)} during a rollout of at most ${workersMax} = ${workerConnections}`,
    ],
  };
}

function direct(sizes: Capacity): Step {
  const { dbConnections, dbBudget, instancesMax, dbPoolMax, workerConnections } = sizes;
  return {
    title: 'Connections without a pooler',
    rule: `Pool × (maximum instances + ${sizes.surgePercent} % during a rollout) ≤ connections of the database − ${reservedConnections} for superusers, migrations and monitoring`,
    lines: [
      `budget: ${dbConnections} − ${reservedConnections}${workerConnections > 0 ? ` − ${workerConnections} of workers` : ''} = ${dbBudget}`,
      `pool of ${dbPoolMax}, at most ${instancesMax} instances: ${dbPoolMax} × ${withSurge(instancesMax)} = ${dbPoolMax * withSurge(instancesMax)}`,
    ],
  };
}

function pooled(sizes: Capacity): Step {
  const { dbCores, dbBusy, poolers, poolerPoolSize, pooledPoolMax, pooledInstancesMax, workerConnections } =
    sizes;
  const active = activeLimit(dbCores);
  const ofInstances = `${withSurge(pooledInstancesMax)} instances × ${pooledPoolMax}`;
  const clients = workerConnections > 0 ? `(${ofInstances} + ${workerConnections} of workers)` : ofInstances;
  return {
    title: 'Connections through PgBouncer (transaction mode)',
    rule: 'One shared pool, limited by the parallelism of the database (2 × cores + 1) and by half of the budget, because old and new poolers overlap during a rollout',
    lines: [
      `ideal: ${amount(dbBusy)} + 2 × √${amount(dbBusy)} → ${staffed(dbBusy)}; ${dbCores} cores run 2 × ${dbCores} + 1 = ${active} at once`,
      `server connections: ${poolers} poolers × ${poolerPoolSize} = ${poolers * poolerPoolSize}`,
      `client connections of each pooler: ${clientRoom} × ${clients} → ${sizes.poolerMaxClients}`,
    ],
  };
}

function autoscaler(sizes: Capacity): Step {
  return {
    title: 'Autoscaler',
    rule: 'Desired = instances × current CPU ÷ target CPU; scale up at once, scale down slowly',
    lines: [
      `target: ${sizes.cpuTargetPercent} % of the requested CPU`,
      `from ${sizes.pooledInstancesMin} (${trough * 100} % of the peak at night, one in each zone, at least 2) to ${sizes.pooledInstancesMax} (${headroom} × ${sizes.instances})`,
      `without a pooler from ${sizes.instancesMin} to ${sizes.instancesMax}`,
    ],
  };
}

function scaling({ contention, coherency, single, peak }: Scalability): Step {
  return {
    title: 'Limit of scaling',
    rule: 'Universal scalability law: X(n) = γn ÷ (1 + σ(n−1) + κn(n−1)), maximum at n = √((1−σ) ÷ κ)',
    lines: [
      `γ = ${amount(single)}/s, σ = ${contention.toPrecision(3)}, κ = ${coherency.toPrecision(3)}`,
      Number.isFinite(peak)
        ? `throughput falls beyond ${peak} instances`
        : 'throughput does not fall with more instances',
    ],
  };
}

function timeouts(sizes: Capacity): Step {
  const { dbAcquireTimeoutMs, dbStatementTimeoutMs, poolerQueryWaitMs, requestTimeoutMs } = sizes;
  const sum = dbAcquireTimeoutMs + poolerQueryWaitMs + dbStatementTimeoutMs;
  return {
    title: 'Timeouts',
    rule: 'Each timeout is shorter than that of its caller',
    lines: [
      `request: ${deadlineFactor} × ${sizes.p95Ms} ms, 2 to 30 s → ${requestTimeoutMs} ms`,
      `connection ${dbAcquireTimeoutMs} + pooler ${poolerQueryWaitMs} + statement ${dbStatementTimeoutMs} = ${sum} ms < request ${requestTimeoutMs} ms < balancer ${sizes.balancerTimeoutS} s < client ${sizes.clientTimeoutS} s`,
      `lock ${sizes.dbLockTimeoutMs} ms < statement; idle connection: balancer ${sizes.balancerIdleS} s < API ${sizes.keepaliveTimeoutMs / 1000} s`,
      `shutdown: drain ${sizes.drainDelayMs} + request ${requestTimeoutMs} < process ${sizes.shutdownTimeoutMs} ms < platform ${sizes.terminationGraceS} s`,
    ],
  };
}

function limits(sizes: Capacity): Step {
  const { inflight, instances, maxInflight, rateLimitDefault, rateLimitWrite } = sizes;
  return {
    title: 'Limits',
    rule: `Shed requests that would only wait; ${callersAtPeak} callers at their limit make up the peak`,
    lines: [
      `concurrent requests of an instance: 2 × ${amount(inflight)} ÷ ${instances}, at least ${leastInflight} → ${maxInflight}`,
      `per caller and minute: ${rateLimitDefault} reads, ${rateLimitWrite} writes`,
    ],
  };
}

function passwords({ loginsRps, passwordHashConcurrency }: Capacity): Step {
  const cores = loginsRps * hashSeconds;
  return {
    title: 'Passwords',
    rule: 'Argon2id: cores = sign-ins per second × duration of a hash; each concurrent hash takes 19 MiB',
    lines: [
      `${loginsRps}/s × ${hashSeconds * 1000} ms = ${amount(cores)} cores over all instances`,
      `${passwordHashConcurrency} concurrent hashes of an instance take ${passwordHashConcurrency * hashMebibytes} MiB`,
    ],
  };
}

function sharedStore(sizes: Capacity): Step {
  return {
    title: 'Shared store',
    rule: 'Commands = requests × (1 limit + 2 cache) + writes × 2; at most half of the capacity of a core',
    lines: [`${sizes.peakRps}/s × ${opsPerRequest} = ${amount(sizes.sharedStoreOps)}/s of ${storeOps}/s`],
  };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
