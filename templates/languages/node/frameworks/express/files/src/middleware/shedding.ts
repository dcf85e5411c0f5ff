import type { Request, RequestHandler } from 'express';
import { Problem } from '../problem.js';

/** Longest request target in characters; longer ones are answered 414. */
const targetLimit = 4096;

/**
 * The checks that come before a request is looked at any closer. Probes stand before it and are always answered.
 * @throws Problem `overloaded`, `uri-too-long`, `malformed-request`
 */
export const refuseOverload: RequestHandler = (req, _res, next) => {
  const { context, headers, url } = req;
  const { shedding } = req.app.locals;
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  shedding.enter(context, hasBody ? 'arriving' : 'inflight');
  shedding.admit(hasBody);
  if (url.length > targetLimit) throw new Problem('uri-too-long');
  // A fragment is not sent (RFC 9112, section 3.2), and routers differ in what they make of one.
  if (url.includes('#')) throw new Problem('malformed-request');
  next();
};

/**
 * Counts a request as work once its body is there: slow uploads must not block others.
 * @throws Problem `overloaded`
 */
export function countAsWork({ app, context }: Request): void {
  const { shedding } = app.locals;
  if (context.counted !== 'arriving') return;
  shedding.admit(false);
  shedding.leave(context);
  shedding.enter(context, 'inflight');
}
