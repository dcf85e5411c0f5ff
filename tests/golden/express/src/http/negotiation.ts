import Negotiator from 'negotiator';
import { Problem } from '../problem.js';

/** @throws Problem `not-acceptable` when JSON is none of what the client accepts (RFC 9110, section 12.5.1) */
export function requireJsonAccepted(accept: string | undefined): void {
  if (accept === undefined || accept === '*/*' || /^application\/json(,|$)/.test(accept)) return;
  const negotiator = new Negotiator({ headers: { accept } });
  if (negotiator.mediaType(['application/json', 'application/problem+json']) === undefined) {
    throw new Problem('not-acceptable', { detail: 'This resource is application/json.' });
  }
}

/**
 * Checks the declared type and length of a body.
 * @param mediaTypes what the operation takes; empty where it takes no body
 * @throws Problem `unsupported-media-type` or `content-too-large`
 */
export function requireReadableBody(
  headers: { [name: string]: string | string[] | undefined },
  method: string,
  mediaTypes: readonly string[],
  limitBytes: number,
): void {
  const length = headers['content-length'];
  const hasBody = headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  if (mediaTypes.length === 0 && !hasBody) return;
  const type = (headers['content-type'] as string | undefined)?.split(';')[0]?.trim().toLowerCase();
  if (hasBody && mediaTypes.length > 0 && (type === undefined || !mediaTypes.includes(type))) {
    const name = method === 'PATCH' ? 'accept-patch' : 'accept';
    throw new Problem('unsupported-media-type', {
      detail: `Send ${mediaTypes.join(' or ')}.`,
      headers: { [name]: mediaTypes.join(', ') },
    });
  }
  if (Number(length) > limitBytes) throw tooLarge(limitBytes);
}

/** 413: the body is larger than BODY_LIMIT_BYTES. */
export function tooLarge(limitBytes: number): Problem {
  return new Problem('content-too-large', { detail: `A body may have ${limitBytes} bytes.` });
}
