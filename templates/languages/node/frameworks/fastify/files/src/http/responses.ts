import type { FastifyReply, FastifyRequest } from 'fastify';
import { credentialHeaders, hasCredentials } from '../auth/credentials.js';
import type { Reading } from '../cache/two-level.js';
import type { Answer } from '../database/idempotency.js';
import { Problem } from '../problem.js';
import { cacheStatus } from './cache-status.js';
import { entityTag, isKnown } from './conditional.js';
import { nextLink } from './list-query.js';

/** One version of a resource as JSON. */
interface Version {
  version: number | string;
  body: string;
}

export const jsonType = 'application/json; charset=utf-8';
const publicRead = 'public, max-age=5, stale-while-revalidate=30, stale-if-error=300';
const privateRead = 'private, no-cache';
const vary = ['accept', ...credentialHeaders, 'origin'].join(', ');
const unstored = { 'cache-control': 'no-store' };

/**
 * Sends one version of a resource, or 304 when If-None-Match names it.
 * @param reading how it came out of the cache, if it did
 * @throws Problem `not-found` when there is none
 */
export function sendVersion(
  request: FastifyRequest,
  reply: FastifyReply,
  entry: Version | undefined,
  reading?: Reading,
): string | FastifyReply {
  if (!entry) throw new Problem('not-found');
  const etag = entityTag(entry.version);
  reply.headers(readCaching(request)).header('etag', etag);
  if (reading) reply.headers(cacheStatus(reading));
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
  reply.type(jsonType);
  return entry.body;
}

/** Sends a page as the schema of the route writes it, and the link to the next one. */
export function sendPage<Page extends { meta: { nextCursor: string | null } }>(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page,
  fields: readonly string[] | undefined,
): Page {
  const { nextCursor } = page.meta;
  reply.headers(readCaching(request));
  if (nextCursor !== null) reply.header('link', nextLink(request.url, nextCursor));
  // The schema has every field, and these are some of them.
  if (fields) reply.type(jsonType).serializer(JSON.stringify);
  return page;
}

/** Cache-Control of a read (RFC 9111, RFC 5861): shared caches may keep what everybody may see. */
function readCaching({ headers }: FastifyRequest): Record<string, string> {
  const signedIn = hasCredentials(headers);
  return { 'cache-control': signedIn ? privateRead : publicRead, vary };
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
