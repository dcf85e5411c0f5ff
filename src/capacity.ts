/** The load a project is made for. */
export interface Load {
  /** Highest one-minute rate of requests, per second. */
  peakRps: number;
  /** 95th percentile of the response time aimed at, in milliseconds. */
  p95Ms: number;
  /** Connections that the database grants in all. */
  dbConnections: number;
}

export const defaultLoad: Load = { peakRps: 500, p95Ms: 100, dbConnections: 100 };

/** Mean time a request holds a database connection, in seconds, until it has been measured. */
const heldSeconds = 0.008;
/** CPU time per request, in seconds, until it has been measured. */
const cpuSeconds = 0.002;
/** Utilisation of a core to plan for. */
const targetUtilisation = 0.6;
/** Connections kept for migrations, monitoring and people. */
const reserved = 13;

/**
 * Sizes from the load: Little's law for what is in flight, square-root staffing for pools (Erlang C, a factor of 2
 * leaves some 3 to 9 % of the requests waiting).
 * @returns instances; database connections per instance; requests in flight per instance before new ones are shed
 */
export function capacity(load: Load) {
  const instances = Math.max(2, Math.ceil((load.peakRps * cpuSeconds) / targetUtilisation));
  const busy = (load.peakRps * heldSeconds) / instances;
  const wanted = Math.max(2, Math.ceil(busy + 2 * Math.sqrt(busy)));
  // One instance more than planned exists while a new version is rolled out.
  const affordable = Math.max(1, Math.floor((load.dbConnections - reserved) / (instances + 1)));
  const maxInflight = Math.max(64, Math.ceil((2 * load.peakRps * load.p95Ms) / 1000 / instances));
  return { instances, dbPoolMax: Math.min(wanted, affordable), maxInflight, ...load };
}

export type Capacity = ReturnType<typeof capacity>;
