import { amount } from './amount.js';
import {
  activeLimit,
  type Capacity,
  coresPerInstance,
  hashSeconds,
  reservedConnections,
  staffed,
  storeOps,
  withSurge,
  workerPoolWanted,
} from './capacity.js';
import type { Scalability } from './scalability.js';

/** A budget that breaks, and what to change. */
export interface Warning {
  what: string;
  change: string;
}

/** Utilization of a database above which waiting times grow fast. */
const nearSaturation = 0.7;
/** Connections beyond which each more costs a server more than it brings. */
const manyConnections = 300;
/** Share of the cores that sign-ins may take. */
const hashShare = 0.25;

/** All budgets that the sizes break. */
export function warningsOf(sizes: Capacity, scalability?: Scalability): Warning[] {
  return [
    ...response(sizes),
    ...database(sizes),
    ...pooledConnections(sizes),
    ...directConnections(sizes),
    ...workers(sizes),
    ...passwords(sizes),
    ...sharedStore(sizes),
    ...scaling(sizes, scalability),
  ];
}

function response({ p95Ms, dbMs, cpuMs, requestTimeoutMs }: Capacity): Warning[] {
  const found: Warning[] = [];
  if (dbMs + cpuMs > p95Ms)
    found.push({
      what: `a request takes ${dbMs} ms in the database and ${cpuMs} ms of CPU on average, more than the target of ${p95Ms} ms`,
      change: 'do less work in a request, or set a longer target',
    });
  if (2 * p95Ms > requestTimeoutMs)
    found.push({
      what: `the deadline of ${requestTimeoutMs} ms is less than twice the target response time`,
      change: 'move work of this length into a background job that clients poll',
    });
  return found;
}

function database({ dbBusy, dbCores, peakRps }: Capacity): Warning[] {
  const active = activeLimit(dbCores);
  if (dbBusy <= nearSaturation * active) return [];
  const cores = Math.ceil((dbBusy / nearSaturation - 1) / 2);
  const longestMs = Math.floor(((nearSaturation * active) / peakRps) * 10_000) / 10;
  return [
    {
      what: `the database ${dbBusy > active ? 'is the bottleneck' : 'is near saturation'}: ${amount(dbBusy)} busy connections for ${dbCores} cores, which run ${active} at once (${Math.round((dbBusy / active) * 100)} %)`,
      change: `give it ${cores} cores or more, or hold a connection for less than ${longestMs} ms on average: cache, shorter transactions, a read replica`,
    },
  ];
}

function pooledConnections(sizes: Capacity): Warning[] {
  const { dbBusy, dbCores, dbBudget, poolers, poolerPoolSize, workerConnections } = sizes;
  const connections = poolers * poolerPoolSize;
  const wanted = Math.min(staffed(dbBusy), activeLimit(dbCores));
  if (wanted <= (dbBudget + workerConnections) / 2 || connections >= dbBusy) return [];
  return [
    {
      what: `the poolers have ${connections} server connections for ${amount(dbBusy)} busy ones`,
      change: `raise the database limit to ${2 * wanted + reservedConnections} connections`,
    },
  ];
}

function directConnections(sizes: Capacity): Warning[] {
  const { instances, instancesMax, instancesWanted, dbPoolMax, pooledPoolMax, dbConnections } = sizes;
  const found: Warning[] = [];
  const needed = withSurge(instancesWanted) * pooledPoolMax + sizes.workerConnections + reservedConnections;
  const change = `use PgBouncer, or raise the database limit to ${needed} connections`;
  if (instancesMax < instances)
    found.push({
      what: `without a pooler ${dbConnections} connections are enough for ${instancesMax} of the ${instances} instances needed`,
      change,
    });
  else if (instancesMax < instancesWanted)
    found.push({
      what: `without a pooler the autoscaler stops at ${instancesMax} instead of ${instancesWanted} instances`,
      change,
    });
  if (dbPoolMax < pooledPoolMax)
    found.push({
      what: `without a pooler an instance has ${dbPoolMax} of the ${pooledPoolMax} connections it needs`,
      change,
    });
  if (dbConnections > manyConnections)
    found.push({
      what: `${dbConnections} connections slow a single database server down`,
      change: `use PgBouncer: ${staffed(sizes.dbBusy)} server connections carry this load`,
    });
  return found;
}

function workers({ workersMax, workerPoolMax, workerConnections, dbConnections }: Capacity): Warning[] {
  if (workerConnections === 0 || workerPoolMax === workerPoolWanted) return [];
  const needed = 2 * withSurge(workersMax) * workerPoolWanted + reservedConnections;
  return [
    {
      what: `with a limit of ${dbConnections} connections a worker has ${workerPoolMax} of the ${workerPoolWanted} that it needs`,
      change: `raise the database limit to ${needed} connections`,
    },
  ];
}

function passwords({ loginsRps, instances }: Capacity): Warning[] {
  const cores = loginsRps * hashSeconds;
  const bearable = hashShare * instances * coresPerInstance;
  if (cores <= bearable) return [];
  const needed = Math.ceil(cores / hashShare / coresPerInstance);
  return [
    {
      what: `sign-ins take ${amount(cores)} of ${instances * coresPerInstance} cores`,
      change: `run ${needed} instances, give each more cores, or lengthen sessions`,
    },
  ];
}

function sharedStore({ sharedStoreOps: ops }: Capacity): Warning[] {
  if (ops <= storeOps / 2) return [];
  return [
    {
      what: `the shared store gets up to ${amount(ops)} commands per second, more than half of the capacity of a core`,
      change: `lengthen CACHE_L1_TTL_MS, or spread the keys over ${Math.ceil(ops / (storeOps / 2))} servers`,
    },
  ];
}

function scaling({ instances, instancesWanted }: Capacity, scalability?: Scalability): Warning[] {
  if (!scalability || scalability.peak > instancesWanted) return [];
  const { peak } = scalability;
  return [
    {
      what: `throughput falls beyond ${peak} instances, and ${peak < instances ? `${instances} are needed` : `the autoscaler may start ${instancesWanted}`}`,
      change: 'remove the shared bottleneck, or raise the throughput of each instance',
    },
  ];
}
