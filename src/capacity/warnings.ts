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
} from './capacity.js';
import type { Scalability } from './scalability.js';

/** A budget that breaks, and what to change. */
export interface Warning {
  what: string;
  change: string;
}

/** Share of what a database can work on at once from which on waiting grows fast. */
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
    ...passwords(sizes),
    ...sharedStore(sizes),
    ...scaling(sizes, scalability),
  ];
}

function response({ p95Ms, dbMs, cpuMs, requestTimeoutMs }: Capacity): Warning[] {
  const found: Warning[] = [];
  if (dbMs + cpuMs > p95Ms)
    found.push({
      what: `a request takes ${dbMs} ms in the database and ${cpuMs} ms of CPU on average, more than the ${p95Ms} ms aimed at`,
      change: 'make it do less, or aim at a longer response time',
    });
  if (2 * p95Ms > requestTimeoutMs)
    found.push({
      what: `the deadline of ${requestTimeoutMs} ms is less than twice the response time aimed at`,
      change: 'move work of this length into a job that is polled for',
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
      what: `the database ${dbBusy > active ? 'is the bottleneck' : 'is near saturation'}: ${amount(dbBusy)} busy connections, ${active} that ${dbCores} cores work on (${Math.round((dbBusy / active) * 100)} %)`,
      change: `give it ${cores} cores or more, or hold a connection for less than ${longestMs} ms on average: cache, shorter transactions, a read replica`,
    },
  ];
}

function pooledConnections({ dbBusy, dbCores, dbBudget, poolers, poolerPoolSize }: Capacity): Warning[] {
  const connections = poolers * poolerPoolSize;
  const wanted = Math.min(staffed(dbBusy), activeLimit(dbCores));
  if (wanted <= dbBudget / 2 || connections >= dbBusy) return [];
  return [
    {
      what: `with poolers ${connections} server connections are there for ${amount(dbBusy)} busy ones`,
      change: `let the database grant ${2 * wanted + reservedConnections} connections`,
    },
  ];
}

function directConnections(sizes: Capacity): Warning[] {
  const { instances, instancesMax, instancesWanted, dbPoolMax, pooledPoolMax, dbConnections } = sizes;
  const found: Warning[] = [];
  const needed = withSurge(instancesWanted) * pooledPoolMax + reservedConnections;
  const change = `use PgBouncer, or let the database grant ${needed} connections`;
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
      what: `${dbConnections} connections cost one database server more than they bring`,
      change: `use PgBouncer: ${staffed(sizes.dbBusy)} server connections carry this load`,
    });
  return found;
}

function passwords({ loginsRps, instances }: Capacity): Warning[] {
  const cores = loginsRps * hashSeconds;
  const bearable = hashShare * instances * coresPerInstance;
  if (cores <= bearable) return [];
  const needed = Math.ceil(cores / hashShare / coresPerInstance);
  return [
    {
      what: `sign-ins take ${amount(cores)} of ${instances * coresPerInstance} cores`,
      change: `run ${needed} instances, give each more cores, or let sessions live longer`,
    },
  ];
}

function sharedStore({ sharedStoreOps: ops }: Capacity): Warning[] {
  if (ops <= storeOps / 2) return [];
  return [
    {
      what: `the shared store may be asked ${amount(ops)} commands a second, more than half of what one core answers`,
      change: `lengthen CACHE_L1_TTL_MS, or spread the keys over ${Math.ceil(ops / (storeOps / 2))} servers`,
    },
  ];
}

function scaling({ instances, instancesWanted }: Capacity, scalability?: Scalability): Warning[] {
  if (!scalability || scalability.peak > instancesWanted) return [];
  const { peak } = scalability;
  return [
    {
      what: `more than ${peak} instances answer less, and ${peak < instances ? `${instances} are needed` : `the autoscaler may start ${instancesWanted}`}`,
      change: 'find what they wait for together, or make each of them answer more',
    },
  ];
}
