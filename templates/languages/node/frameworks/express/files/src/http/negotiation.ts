import { MIMEParams, MIMEType } from 'node:util';
import Negotiator from 'negotiator';
import type { Config } from '../config.js';
import type { Operation } from '../contract.js';
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
 * Checks what the headers say of a body: coding, type, charset and length.
 * @throws Problem `unsupported-media-type` or `content-too-large`
 */
export function requireReadableBody(
  headers: { [name: string]: string | string[] | undefined },
  operation: Operation,
  config: Config,
): void {
  const { method, mediaTypes } = operation;
  const length = headers['content-length'];
  const hasBody = headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  if (mediaTypes.length === 0 && !hasBody) return;
  const coding = headers['content-encoding'] as string | undefined;
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity') {
    throw new Problem('unsupported-media-type', {
      detail: 'Send the body without a content coding.',
      // RFC 9110, section 15.5.16
      headers: { 'accept-encoding': 'identity' },
    });
  }
  if (hasBody && mediaTypes.length > 0)
    requireType(headers['content-type'] as string | undefined, method, mediaTypes);
  const limitBytes = bodyLimit(operation, config);
  if (Number(length) > limitBytes) throw tooLarge(limitBytes);
}

function requireType(contentType: string | undefined, method: string, mediaTypes: readonly string[]): void {
  if (contentType !== undefined && mediaTypes.includes(contentType)) return;
  const { essence, params } = parseType(contentType);
  const accepted = {
    [method === 'PATCH' ? 'accept-patch' : 'accept']: mediaTypes.join(', '),
  };
  if (!mediaTypes.includes(essence)) {
    throw new Problem('unsupported-media-type', {
      detail: `Send ${mediaTypes.join(' or ')}.`,
      headers: accepted,
    });
  }
  if (!/^utf-?8$/i.test(params.get('charset') ?? 'utf-8')) {
    throw new Problem('unsupported-media-type', {
      // RFC 8259, section 8.1
      detail: 'Send JSON as UTF-8.',
      headers: accepted,
    });
  }
}

function parseType(contentType: string | undefined): Pick<MIMEType, 'essence' | 'params'> {
  try {
    return new MIMEType(contentType ?? '');
  } catch {
    return { essence: '', params: new MIMEParams() };
  }
}

/** Largest body of an operation in bytes. */
export function bodyLimit({ bodyLimit: own }: Pick<Operation, 'bodyLimit'>, config: Config): number {
  return Math.min(own ?? Number.POSITIVE_INFINITY, config.BODY_LIMIT_BYTES);
}

/** 413: the body is larger than its limit. */
export function tooLarge(limitBytes: number): Problem {
  return new Problem('content-too-large', { detail: `A body may have ${limitBytes} bytes.` });
}
