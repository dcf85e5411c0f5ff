import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.js';

/** An API is nothing to render, frame or sniff (OWASP secure headers). */
export const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

/** Lets scripts of listed origins call the API. `null` is never on the list. */
export function crossOrigin({ CORS_ORIGINS }: Config): RequestHandler {
  return cors({
    origin: CORS_ORIGINS.filter((origin) => origin !== 'null'),
    exposedHeaders: [
      'etag',
      'link',
      'location',
      'retry-after',
      'x-request-id',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'x-request-id',
    ],
    maxAge: 600,
    // The route answers OPTIONS: it knows its methods.
    preflightContinue: true,
  });
}
