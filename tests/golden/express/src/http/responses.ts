import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
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
  req: Request<{ id: string }>,
  res: Response,
  entry: Version | undefined,
  reading?: Reading,
): void {
  if (!entry) throw new Problem('not-found');
  const etag = entityTag(entry.version);
  res.set({ ...readCaching(req.headers), etag });
  if (reading) res.set(cacheStatus(reading));
  if (isKnown(req.headers['if-none-match'], etag)) res.status(304).end();
  else res.type('application/json').send(entry.body);
}

/** Sends a page, and the link to the next one. */
export function sendPage(req: Request, res: Response, page: { meta: { nextCursor: string | null } }): void {
  const { nextCursor } = page.meta;
  res.set(readCaching(req.headers));
  if (nextCursor !== null) res.set('link', nextLink(req.originalUrl, nextCursor));
  res.json(page);
}

/** Cache-Control of a read (RFC 9111, RFC 5861): shared caches may keep what everybody may see. */
function readCaching(headers: IncomingHttpHeaders): Record<string, string> {
  return { 'cache-control': hasCredentials(headers) ? privateRead : publicRead, vary };
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
