import type { Api } from '../cluster/api.js';
import type { DescribedNeed } from '../contract/described.js';

export { NotApplicable } from '../contract/not-applicable.js';

/** Groups of rows, in the order in which they are shown. */
export const groups = [
  'correctness',
  'errors',
  'lists',
  'caching',
  'writes',
  'limits',
  'authentication',
  'transport',
  'lifecycle',
  'jobs',
  'observability',
  'versioning',
] as const;
export type Group = (typeof groups)[number];

/** The ten questions of the scalability checklist. */
export const questions = {
  stateless: 'Is it stateless?',
  pooled: 'Are connections pooled and bounded?',
  asynchronous: 'Is it asynchronous all the way?',
  cached: 'Is it cached?',
  limited: 'Is it rate limited?',
  observed: 'Is it monitored?',
  balanced: 'Can it be balanced over instances?',
  versioned: 'Is it versioned?',
  resilient: 'Does it survive failing dependencies?',
  loaded: 'Was it tested under load?',
} as const;
export type Question = keyof typeof questions;

/**
 * Who holds a row: the `application`, the HTTP `server` that it runs in, or the `edge`, which is what stands in front.
 * A project may leave rows of the last two to its load balancer.
 */
export type Tier = 'application' | 'server' | 'edge';

/**
 * A precondition of a row:
 * `url` an API that was running before, at a URL; `outside` one, or a project that was not generated; `https` one whose URL is https;
 * `started` instances that verify has started itself, with faults, signals and settings; `instances` two of them or
 * more; `accounts` callers with roles; `signIn` accounts that register and sign in with a password; `tokens` signed access
 * tokens; `issuer` an issuer of these that verify runs; `keys` API keys that a command of the project makes and ends;
 * `database` a database server, and `store` a cache server, behind a proxy; `failover` a cache server that may be demoted;
 * `jobs` background jobs with workers and a broker behind a proxy; `dependency` a database or a cache server;
 * `resource` a collection that can be written; `writing` leave to change data, as has every row that sends anything but
 * GET, HEAD and OPTIONS; `closed` an operation that asks for credentials and may be sent; `secured` one that asks for
 * credentials, whether or not it may be sent; `load` leave to make load;
 * `liveness` a probe of its own for that; `checks` readiness that names what it has checked;
 * what the document of the API may describe (`DescribedNeed`): `limit`, `cursor`, `problems` and the like;
 * `management` the port of the metrics; `logs` the standard output; `deprecated` an operation that is marked so.
 */
export type Need =
  | DescribedNeed
  | 'url'
  | 'outside'
  | 'https'
  | 'started'
  | 'instances'
  | 'accounts'
  | 'signIn'
  | 'tokens'
  | 'issuer'
  | 'keys'
  | 'database'
  | 'store'
  | 'failover'
  | 'jobs'
  | 'dependency'
  | 'resource'
  | 'writing'
  | 'closed'
  | 'secured'
  | 'load'
  | 'management'
  | 'liveness'
  | 'checks'
  | 'logs'
  | 'deprecated';

/** One row of the contract as a check. */
export interface Row {
  /** Stable: `VA2`. */
  id: string;
  /** It counts up when the row asks for something else; 1 without one. */
  revision?: number;
  group: Group;
  /** The promise that is checked, in a line. */
  title: string;
  /** What should come back, in a sentence. */
  expected: string;
  /** Where it is written: `RFC 9457, section 3.1`. */
  source: string;
  /** What to do when it fails, in a sentence. */
  remedy: string;
  /** Questions of the checklist that it is evidence for. */
  evidence: Question[];
  needs: Need[];
  /** Omitted for `application`. Rows of the other tiers test `fleet.front`. */
  tier?: Exclude<Tier, 'application'>;
  /** Part of `--quick`: cheap, and run against instances with the default settings. */
  quick: boolean;
  /** Environment of its instances, in addition to the generous default. */
  settings?: Record<string, string | number>;
  /** Settings that it gives or reads: without one of them, a project that was not generated is not asked. */
  relies?: readonly string[];
  /** Asked only when `--only` names it: it takes a program that few machines have. */
  optional?: boolean;
  /** Measures closely, or uses the whole processor: no other row runs meanwhile. */
  alone?: boolean;
  /** Asked after all others, of the instances that are there by then. */
  last?: boolean;
  /**
   * Asked before all others. When it throws a `Hindrance`, rows for which this is true are not asked: it is the one result
   * for that cause.
   */
  hinders?(row: Row): boolean;
  /** @throws Mismatch when the answer is not the one expected, NotApplicable when there is nothing to ask */
  run(api: Api): Promise<void>;
}
