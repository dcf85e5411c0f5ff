import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { credentialHeaders } from '../auth/credentials.js';
import type { Config } from '../config.js';

/** An API is nothing to render, frame or sniff (OWASP secure headers). */
export const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

const exposedHeaders =
  'etag, link, location, retry-after, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';
const allowedHeaders = [
  ...credentialHeaders,
  ...['content-type', 'idempotency-key', 'if-match', 'if-none-match', 'x-request-id'],
].join(', ');

/** Lets scripts of listed origins call the API. `null` is never on the list. */
export function crossOrigin({ CORS_ORIGINS }: Config): RequestHandler {
  const origins = CORS_ORIGINS.filter((origin) => origin !== 'null');
  // The route answers a preflight: it knows its methods.
  const allow = cors({
    origin: origins,
    exposedHeaders,
    allowedHeaders,
    maxAge: 600,
    preflightContinue: true,
  });
  return (req, res, next) => (origins.includes(req.headers.origin ?? '') ? allow(req, res, next) : next());
}
