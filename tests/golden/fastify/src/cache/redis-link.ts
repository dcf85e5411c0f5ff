import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createBreaker } from '../resilience.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';

const commandTimeoutMs = 100;
/** A connection on which nothing comes back for so long is given up. */
const silenceMs = 2000;
const longestRetryMs = 500;
const heartbeatMs = 250;
/** Trouble that is over after this time was none that anybody need know of. */
const momentMs = 250;
/** Errors of a replica. A failover may make one of the primary and leave its connections open. */
const replicaError = /\b(?:READONLY|MASTERDOWN)\b/;

/** Scripts in redis/, the same for every language. */
export interface Scripts {
  rateLimit(
    key: string,
    quota: number,
    windowMs: number,
    wanted: number,
  ): Promise<[granted: number, remaining: number, retryAfterMs: number, resetMs: number]>;
  cacheSet(
    key: string,
    version: number,
    value: string,
    ttlSeconds: number,
    channel: string,
    announcement: string,
  ): Promise<number>;
}

export type Client = Redis & Scripts;

/** One connection that all commands of the process share. */
export interface Link {
  /**
   * Sends a command.
   * @throws at once while the server is known not to answer, and after 100 ms when it does not
   */
  ask<Result>(command: (client: Client) => Promise<Result>): Promise<Result>;
  /** Has one listener do something each time the server answers again, before anything else is sent. */
  onReady(listener: (client: Client) => Promise<void>): void;
  /** When it began to answer, by `performance.now()`; infinity while it does not. */
  readonly answersSince: number;
  /** Resolves when the server has answered, or after `timeoutMs`. */
  firstAnswer(timeoutMs: number): Promise<void>;
  /** Resolves when the server answers, and at the latest a moment after it has ceased to. */
  recovered(): Promise<void>;
  /** A connection of its own, for messages. */
  subscriber(): Redis;
  close(): void;
}

/** Connects, and keeps connecting; the server need not be there. */
export function createLink({ url, log, metrics }: { url: string; log: Log; metrics: Metrics }): Link {
  const subscribers: Redis[] = [];
  const options = {
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    connectTimeout: silenceMs,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, longestRetryMs),
    reconnectOnError({ message }: Error) {
      if (!replicaError.test(message)) return false;
      lastError = message;
      isReplica = true;
      return true;
    },
  };
  // No auto pipelining: a batch that hangs would hold back the next one before its timeout even starts.
  const client = new Redis(url, {
    ...options,
    scripts: {
      rateLimit: { lua: script('rate-limit'), numberOfKeys: 1 },
      cacheSet: { lua: script('cache-set'), numberOfKeys: 1 },
    },
  }) as Client;
  const breaker = createBreaker('cache', metrics, () => true);
  let whenReady: (client: Client) => Promise<void> = async () => {};
  let outage: { dispose(): void } | undefined = breaker.isolate();
  let downAt = performance.now();
  let lastError = 'not connected yet';
  let answersSince = Number.POSITIVE_INFINITY;
  let isReplica = false;
  const answered = new EventEmitter();

  // The breaker is held open from the first sign of trouble until the server has answered, so that a server that hangs
  // costs one timeout and not one for each request.
  function down(reason: string): void {
    if (outage) return;
    outage = breaker.isolate();
    answersSince = Number.POSITIVE_INFINITY;
    downAt = performance.now();
    log.warn({ reason }, 'the cache does not answer');
    ping();
  }

  /** Whether the address still leads to the replica; if so, connects again. */
  async function stillReplica(): Promise<boolean> {
    const info = await client.info('replication').catch(() => '');
    isReplica = info.includes('role:slave');
    if (isReplica) {
      await sleep(heartbeatMs, undefined, { ref: false });
      client.disconnect(true);
    } else {
      // They hear the new primary's announcements only from itself for certain.
      for (const subscriber of subscribers) subscriber.disconnect(true);
    }
    return isReplica;
  }

  let rising = false;
  async function up(): Promise<void> {
    if (!outage || rising) return;
    rising = true;
    try {
      if (isReplica && (await stillReplica())) return;
      await whenReady(client);
      if (client.status !== 'ready') return;
      outage.dispose();
      outage = undefined;
      answersSince = performance.now();
      log.info('the cache answers');
      answered.emit('up');
    } catch (error) {
      lastError = (error as Error).message;
    } finally {
      rising = false;
    }
  }

  function ping(): void {
    if (client.status === 'ready') client.ping().then(up, (error: Error) => down(error.message));
  }

  client.on('error', (error: Error) => {
    lastError = error.message;
  });
  client.on('close', () => down(lastError));
  client.on('ready', () => {
    lastError = 'the connection was closed';
    void up();
  });
  // Finds a server that hangs while there is no traffic, and that it answers again.
  const heartbeat = setInterval(ping, heartbeatMs).unref();

  return {
    ask: (command) =>
      breaker.execute(async () => {
        try {
          return await command(client);
        } catch (error) {
          if ((error as Error).message === 'Command timed out') down('a command timed out');
          throw error;
        }
      }),
    onReady(listener) {
      whenReady = listener;
    },
    get answersSince() {
      return answersSince;
    },
    async firstAnswer(timeoutMs) {
      if (!outage) return;
      await once(answered, 'up', { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
        log.warn({ reason: lastError }, 'the cache does not answer');
      });
    },
    async recovered() {
      const leftMs = Math.ceil(downAt + momentMs - performance.now());
      if (!outage || leftMs <= 0) return;
      await once(answered, 'up', { signal: AbortSignal.timeout(leftMs) }).catch(() => {});
    },
    subscriber() {
      const subscriber = new Redis(url, options);
      subscribers.push(subscriber);
      return subscriber;
    },
    close() {
      clearInterval(heartbeat);
      outage ??= breaker.isolate();
      client.disconnect();
    },
  };
}

function script(name: string): string {
  return readFileSync(new URL(`../../redis/${name}.lua`, import.meta.url), 'utf8');
}
