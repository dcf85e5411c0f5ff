import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Operation } from '../openapi.js';
import { Problem } from '../problem.js';

/**
 * @param offered media types of the answer
 * @throws Problem `not-acceptable` when the client accepts none of them (RFC 9110, section 12.5.1)
 */
export function requireAccepted(req: Request, offered: readonly string[]): void {
  if (req.accepts([...offered, 'application/problem+json'])) return;
  throw new Problem('not-acceptable', { detail: `This resource is ${offered.join(' or ')}.` });
}

const prototypeName = /"(?:__proto__|constructor)"\s*:/;

/** What express.json says of a body that it does not take. */
interface Refusal {
  type: string;
}

/**
 * A function that reads JSON in UTF-8 into `req.body`, which stays undefined where there is no body. It rejects with
 * Problem `unsupported-media-type`, `content-too-large` or `malformed-request`.
 */
export function jsonReader({ mediaTypes, bodyRequired, bodyLimit = Number.POSITIVE_INFINITY }: Operation) {
  let read: RequestHandler | undefined;
  return async (req: Request, res: Response): Promise<void> => {
    const { 'content-length': length, 'content-type': type } = req.headers;
    if (length === '0' && type && bodyRequired) throw new Problem('malformed-request');
    if (length === '0') return;
    if (req.is(mediaTypes) === false) throw unsupported(req.method, mediaTypes);
    const limit = Math.min(bodyLimit, req.app.locals.config.BODY_LIMIT_BYTES);
    if (Number(length) > limit) {
      // express.json would read the rest before it answers.
      res.set('connection', 'close');
      throw tooLarge(limit);
    }
    read ??= express.json({ limit, inflate: false, strict: false, type: mediaTypes, verify });
    const refusal = await new Promise<unknown>((done) => read?.(req, res, done));
    if (!refusal) return;
    if (refusal instanceof Problem) throw refusal;
    const { type: reason } = refusal as Refusal;
    if (reason === 'entity.too.large') throw tooLarge(limit);
    if (reason === 'charset.unsupported') throw unsupported(req.method, mediaTypes);
    if (reason === 'encoding.unsupported') throw encoded();
    throw new Problem('malformed-request');
  };
}

/** @throws Problem for what is no UTF-8 (RFC 8259, section 8.1), or would set a prototype where it is copied */
function verify({ method }: { method?: string }, _res: object, body: Buffer, charset: string): void {
  if (charset !== 'utf-8') throw unsupported(method, ['application/json']);
  if (!isUtf8(body)) throw new Problem('malformed-request', { detail: 'The body is not UTF-8.' });
  if (prototypeName.test(body.toString('latin1'))) throw new Problem('malformed-request');
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('content-too-large', { detail: `A body may have ${limitBytes} bytes.` });
}

/** 415 with the types that are right (RFC 9110, section 15.5.16; RFC 5789, section 2.2). */
function unsupported(method: string | undefined, mediaTypes: string[]): Problem {
  const types = mediaTypes.join(', ');
  return new Problem('unsupported-media-type', {
    detail: `Send ${types} in UTF-8.`,
    headers: { [method === 'PATCH' ? 'accept-patch' : 'accept']: types },
  });
}

function encoded(): Problem {
  return new Problem('unsupported-media-type', {
    detail: 'Send the body without a content coding.',
    headers: { 'accept-encoding': 'identity' },
  });
}
