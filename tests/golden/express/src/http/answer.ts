import type { IncomingHttpHeaders } from 'node:http';
import type { Reading } from '../cache/two-level.js';
import type { CallContext } from '../context.js';
import type { Answer } from '../database/idempotency.js';
import { Problem } from '../problem.js';
import { cacheStatus } from './cache-status.js';
import { entityTag, isKnown } from './conditional.js';
import { nextLink } from './list-query.js';

export type { Answer };

/** Tells an Answer from an object that is to be sent as JSON. */
export function isAnswer(value: Answer | object | undefined): value is Answer {
  return typeof value === 'object' && 'status' in value && 'headers' in value && 'body' in value;
}

/** What answering needs to know of a request. */
interface Asked {
  url: string;
  headers: IncomingHttpHeaders;
  context: CallContext;
}

/** One version of a resource as JSON. */
interface Version {
  version: number;
  body: string;
}

const publicRead = 'public, max-age=5, stale-while-revalidate=30, stale-if-error=300';
const privateRead = 'private, no-cache';

/** Cache-Control of a read (RFC 9111, RFC 5861): shared caches may keep what everybody may see. */
function readCaching({ headers }: Asked): Record<string, string> {
  const signedIn = headers.authorization !== undefined;
  return { 'cache-control': signedIn ? privateRead : publicRead, vary: 'accept, authorization, origin' };
}

/**
 * 200 with the resource, or 304 when If-None-Match names its version.
 * @param reading how it came out of the cache, if it did
 * @throws Problem `not-found` when there is none
 */
export function item(entry: Version | undefined, asked: Asked, reading?: Reading): Answer {
  if (!entry) throw new Problem('not-found');
  const etag = entityTag(entry.version);
  const headers = readCaching(asked);
  headers.etag = etag;
  if (reading) Object.assign(headers, cacheStatus(reading));
  if (isKnown(asked.headers['if-none-match'], etag)) return { status: 304, headers, body: undefined };
  return { status: 200, headers, body: entry.body };
}

export function page(answer: { data: object[]; meta: { nextCursor: string | null } }, asked: Asked): Answer {
  const { nextCursor } = answer.meta;
  const headers = readCaching(asked);
  if (nextCursor !== null) headers.link = nextLink(asked.url, nextCursor);
  return { status: 200, headers, body: JSON.stringify(answer) };
}

export function created(entry: Version, location: string): Answer {
  return {
    status: 201,
    headers: { location, etag: entityTag(entry.version), ...unstored },
    body: entry.body,
  };
}

export function updated(entry: Version): Answer {
  return { status: 200, headers: { etag: entityTag(entry.version), ...unstored }, body: entry.body };
}

export function noContent(): Answer {
  return { status: 204, headers: {}, body: undefined };
}

const unstored = { 'cache-control': 'no-store' };
