import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import { Counter } from 'prom-client';
import { inBackground } from '../background.js';
import { isOutage } from '../cache/two-level.js';
import type { Config } from '../config.js';
import type { CallContext, Principal } from '../context.js';
import type { Database } from '../database/database.js';
import { Problem } from '../problem.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { hashOf, idIn } from './key-format.js';
import { keys } from './keys.js';

/** How long an instance relies on what the database said of a key: a revocation is in force everywhere after this. */
const freshMs = 3000;
const keysKept = 10_000;
const bearer = /^bearer +([A-Za-z0-9_.~+/-]+=*)$/i;

interface Known {
  id: string;
  principal: Principal;
  expiresAt: number;
  /** When the database was asked. */
  checkedAt: number;
  /** Until when it is not asked again. */
  freshUntil: number;
}

interface Dependencies {
  config: Pick<Config, 'API_KEY_LAST_USE_S' | 'CACHE_STALE_S' | 'REQUEST_TIMEOUT_MS'>;
  log: Log;
  metrics: Metrics;
  database: Database;
}

/** Checks API keys, and records when they were used. */
export class KeyCheck {
  /** Keys that were accepted, by their hash. */
  readonly #known = new LRUCache<string, Known>({ max: keysKept });
  /** One query for a key at a time. */
  readonly #lookups = new Map<string, Promise<Known | string>>();
  /** Ids of keys used since they were last recorded. */
  #used = new Set<string>();
  readonly #events: Counter<'event'>;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly given: Dependencies) {
    this.#events = new Counter({
      name: 'auth_events_total',
      help: 'Refused API keys: malformed, unknown, revoked, expired.',
      labelNames: ['event'],
      registers: [given.metrics.registry],
    });
    this.#timer = setInterval(() => this.#recordUses(), given.config.API_KEY_LAST_USE_S * 1000).unref();
  }

  /**
   * Who sent the request; at once for a key that was checked a moment ago.
   * @returns undefined without a key
   * @throws Problem `unauthenticated`, the same whatever is wrong with the key; `malformed-request` for two different keys
   */
  authenticate(
    headers: IncomingHttpHeaders,
    context: CallContext,
  ): Principal | undefined | Promise<Principal> {
    const key = keyIn(headers);
    if (key === undefined) return undefined;
    const id = idIn(key);
    if (id === undefined) throw this.#refused('malformed');
    const hash = hashOf(key);
    const known = this.#known.get(hash);
    if (known && Date.now() < known.freshUntil) return this.#accepted(known, context);
    return this.#check(hash, id, known, context);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(hash: string, id: string, known: Known | undefined, context: CallContext): Promise<Principal> {
    let lookup = this.#lookups.get(hash);
    if (!lookup) {
      // Without the first caller's deadline: the others still wait for it.
      lookup = inBackground(
        (own) => this.#lookUp(hash, id, own),
        this.given.config.REQUEST_TIMEOUT_MS,
      ).finally(() => this.#lookups.delete(hash));
      this.#lookups.set(hash, lookup);
    }
    try {
      const found = await lookup;
      if (typeof found === 'string') throw this.#refused(found, id, context);
      return this.#accepted(found, context);
    } catch (error) {
      const now = Date.now();
      if (!known || !isOutage(error) || now > known.checkedAt + this.given.config.CACHE_STALE_S * 1000)
        throw error;
      known.freshUntil = now + freshMs;
      return this.#accepted(known, context);
    }
  }

  /** @returns why the key is refused, or what is known of it */
  async #lookUp(hash: string, id: string, context: CallContext): Promise<Known | string> {
    const found = await keys.byId(this.given.database, id, context);
    this.#known.delete(hash);
    if (!found || !timingSafeEqual(Buffer.from(found.keyHash), Buffer.from(hash))) return 'unknown';
    const { clientId, roles, tenant, expiresAt, revokedAt } = found.key;
    if (revokedAt !== null) return 'revoked';
    const checkedAt = Date.now();
    const known = {
      ...{ id, principal: { id: clientId, roles, tenant: tenant ?? undefined } },
      expiresAt: expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
      ...{ checkedAt, freshUntil: checkedAt + freshMs },
    };
    this.#known.set(hash, known);
    return known;
  }

  #accepted({ id, principal, expiresAt }: Known, context: CallContext): Principal {
    if (Date.now() >= expiresAt) throw this.#refused('expired', id, context);
    this.#used.add(id);
    return principal;
  }

  #refused(reason: string, keyId?: string, context?: CallContext): Problem {
    this.#events.inc({ event: reason });
    if (reason === 'revoked' || reason === 'expired') {
      const { address, requestId } = context!;
      const event = 'authn_login_fail';
      this.given.log.warn({ event, keyId, reason, clientAddress: address, requestId }, 'API key refused');
    }
    return invalidKey();
  }

  async #recordUses(): Promise<void> {
    const { database, log } = this.given;
    const used = [...this.#used];
    if (used.length === 0) return;
    this.#used = new Set();
    const at = new Date().toISOString();
    try {
      await inBackground((context) =>
        database.transaction(context, (transaction) => keys.used(transaction, used, at)),
      );
    } catch (error) {
      log.warn({ error }, 'last use of API keys not recorded');
    }
  }
}

/** The key of a request. @throws Problem when two headers have different ones (RFC 6750, section 2) */
function keyIn({ authorization, 'x-api-key': own }: IncomingHttpHeaders): string | undefined {
  const other = [own ?? []].flat().join();
  if (authorization === undefined || !/^bearer\b/i.test(authorization))
    return own === undefined ? undefined : other;
  const token = bearer.exec(authorization)?.[1] ?? '';
  if (own === undefined || other === token) return token;
  throw new Problem('malformed-request', {
    detail: 'Authorization and X-API-Key have different keys.',
    headers: { 'www-authenticate': 'Bearer error="invalid_request"' },
  });
}

function invalidKey(): Problem {
  const detail = 'The API key is expired, revoked or not valid.';
  return new Problem('unauthenticated', {
    detail,
    headers: { 'www-authenticate': `Bearer error="invalid_token", error_description="${detail}"` },
  });
}
