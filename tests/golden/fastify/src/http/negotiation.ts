import type { IncomingHttpHeaders } from 'node:http';
import { MIMEType } from 'node:util';
import Negotiator from 'negotiator';
import { Problem } from '../problem.js';

/**
 * @param offered media types of the answer
 * @throws Problem `not-acceptable` when the client accepts none of them (RFC 9110, section 12.5.1)
 */
export function requireAccepted(accept: string | undefined, offered: readonly string[]): void {
  if (accept === undefined || accept === '*/*') return;
  if (offered.includes('application/json') && /^application\/json(,|$)/.test(accept)) return;
  const negotiator = new Negotiator({ headers: { accept } });
  if (negotiator.mediaType([...offered, 'application/problem+json']) === undefined) {
    throw new Problem('not-acceptable', { detail: `This resource is ${offered.join(' or ')}.` });
  }
}

/**
 * Checks what the headers say of a body: coding, type, charset and length.
 * @throws Problem `unsupported-media-type` or `content-too-large`
 */
export function requireReadableBody(
  headers: IncomingHttpHeaders,
  method: string,
  mediaTypes: readonly string[],
  limitBytes: number,
): void {
  const length = headers['content-length'];
  const hasBody = headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  if (mediaTypes.length === 0 && !hasBody) return;
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity') {
    // RFC 9110, section 15.5.16
    const accepted = { 'accept-encoding': 'identity' };
    throw unsupported('Send the body without a content coding.', accepted);
  }
  if (hasBody && mediaTypes.length > 0) requireType(headers['content-type'], method, mediaTypes);
  if (Number(length) > limitBytes) {
    throw new Problem('content-too-large', { detail: `A body may have ${limitBytes} bytes.` });
  }
}

function requireType(contentType = '', method: string, mediaTypes: readonly string[]): void {
  if (mediaTypes.includes(contentType)) return;
  const type = parseType(contentType);
  const accepted = { [method === 'PATCH' ? 'accept-patch' : 'accept']: mediaTypes.join(', ') };
  if (!type || !mediaTypes.includes(type.essence)) {
    throw unsupported(`Send ${mediaTypes.join(' or ')}.`, accepted);
  }
  // RFC 8259, section 8.1
  if (!/^utf-?8$/i.test(type.params.get('charset') ?? 'utf-8')) {
    throw unsupported('Send JSON as UTF-8.', accepted);
  }
}

function unsupported(detail: string, headers: Record<string, string>): Problem {
  return new Problem('unsupported-media-type', { detail, headers });
}

function parseType(contentType: string): MIMEType | undefined {
  try {
    return new MIMEType(contentType);
  } catch {
    return undefined;
  }
}
