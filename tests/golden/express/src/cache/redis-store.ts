import { LRUCache } from 'lru-cache';
import { inSpan } from '../telemetry/trace.js';
import type { Link } from './redis-link.js';
import { type ChangeListener, type Entry, removedVersion, type SharedStore } from './store.js';

const heartbeatMs = 500;
const owedChanges = 10_000;
const spanAttributes = { 'db.system.name': 'redis', 'db.operation.name': 'GET' };

/** A change that could not be sent to the store. */
interface Owed {
  version: number;
  ttlSeconds: number;
}

/**
 * The second level of the cache in Redis.
 * @param prefix first part of every key
 * @param instance a name that no other instance has; an instance ignores its own changes
 */
export function createRedisStore(
  link: Link,
  prefix: string,
  instance: string,
): SharedStore & { close(): void } {
  const channel = `${prefix}:changes`;
  // Redis may keep outdated versions after an outage: missed changes are sent before it is read again.
  const owed = new LRUCache<string, Owed>({ max: owedChanges });
  let listener: ChangeListener = { changed: () => {}, lost: () => {} };
  let connected = false;

  const name = (key: string) => `${prefix}:cache:${key}`;
  const put = (key: string, entry: Entry, ttlSeconds: number, announced: boolean) =>
    link.ask((client) =>
      client.cacheSet(
        name(key),
        entry.version,
        `${entry.version} ${entry.storedAt} ${entry.owner === undefined ? '' : `${JSON.stringify(entry.owner)} `}${entry.body}`,
        ttlSeconds,
        announced ? channel : '',
        `${instance} ${entry.version} ${key}`,
      ),
    );

  async function tell(key: string, entry: Entry, ttlSeconds: number): Promise<void> {
    try {
      await put(key, entry, ttlSeconds, true);
      owed.delete(key);
    } catch {
      const version = Math.max(entry.version, owed.get(key)?.version ?? 0);
      owed.set(key, { version, ttlSeconds });
      // A process that is stopped between requests would owe it until the next one.
      await link.recovered();
      if (owed.peek(key)?.version !== version) return;
      await put(key, { version, body: '', storedAt: 0 }, ttlSeconds, true).then(
        () => owed.delete(key),
        () => {},
      );
    }
  }

  link.onReady(async (client) => {
    for (const [key, { version, ttlSeconds }] of owed.entries()) {
      const announcement = `${instance} ${version} ${key}`;
      await client.cacheSet(name(key), version, `${version} 0 `, ttlSeconds, channel, announcement);
      if (owed.peek(key)?.version === version) owed.delete(key);
    }
  });

  const subscriber = link.subscriber();
  function lost(): void {
    if (connected) listener.lost();
    connected = false;
  }
  subscriber.on('error', () => {});
  subscriber.on('close', lost);
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).then(
      () => {
        // What began to be read before may have missed a change.
        listener.lost();
        connected = true;
      },
      () => subscriber.disconnect(true),
    );
  });
  subscriber.on('message', (_channel: string, message: string) => {
    const [, from, version, key] = /^(\S+) (\d+) (.+)$/s.exec(message) ?? [];
    if (key !== undefined && from !== instance) listener.changed(key, Number(version));
  });
  const heartbeat = setInterval(() => {
    // A connection that hangs says nothing by itself.
    if (connected) subscriber.ping().catch(() => subscriber.disconnect(true));
  }, heartbeatMs).unref();

  return {
    async get(key, context) {
      try {
        const read = () => link.ask((client) => client.get(name(key)));
        return parse(await inSpan(context.span, 'GET', spanAttributes, read));
      } catch {
        return undefined;
      }
    },
    async set(key, entry, ttlSeconds) {
      // A copy that is not kept costs the next reader a query, no more.
      await put(key, entry, ttlSeconds, false).catch(() => {});
    },
    replace: tell,
    remove: (key, ttlSeconds) => tell(key, { version: removedVersion, body: '', storedAt: 0 }, ttlSeconds),
    subscribe(only) {
      listener = only;
    },
    get connected() {
      return connected;
    },
    close() {
      clearInterval(heartbeat);
      subscriber.disconnect();
    },
  };
}

/** The form is described in redis/cache-set.lua. */
function parse(value: string | null): Entry | undefined {
  const [, version, storedAt, owner, body] =
    /^(\d+) (\d+) (?:("(?:[^"\\]|\\.)*") )?(.+)$/s.exec(value ?? '') ?? [];
  if (body === undefined) return undefined;
  const entry = { version: Number(version), storedAt: Number(storedAt), body };
  return owner === undefined ? entry : { ...entry, owner: JSON.parse(owner) };
}
