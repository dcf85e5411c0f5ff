import type { IncomingHttpHeaders } from 'node:http';
import type { Request, RequestHandler } from 'express';
import getRawBody from 'raw-body';
import secureJson from 'secure-json-parse';
import type { Operation } from '../contract.js';
import { jsonText } from '../http/json-body.js';
import { bodyLimit, tooLarge } from '../http/negotiation.js';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';

const jsonTypes = ['application/json', 'application/merge-patch+json'];

/**
 * Reads the body as JSON into `request.body`. The next one is called with Problem `content-too-large`,
 * `unsupported-media-type` or `malformed-request`; what would set a prototype is malformed, too.
 */
export function readBody({ config }: Platform, operation: Operation): RequestHandler {
  const limit = bodyLimit(operation, config);
  return async (request, response, next) => {
    if (!isExpected(request.headers)) return next();
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (!jsonTypes.includes(type)) throw new Problem('unsupported-media-type');
    try {
      const body = await read(request, limit);
      if (body.length > 0 || operation.bodyRequired) request.body = parse(body);
    } catch (problem) {
      // What is still on its way is not waited for.
      if (!request.readableEnded) response.setHeader('connection', 'close');
      throw problem;
    }
    next();
  };
}

/** Whether there is a body, or the caller says of what type the missing one is. */
function isExpected(headers: IncomingHttpHeaders): boolean {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': coding } = headers;
  return type !== undefined || coding !== undefined || (length !== undefined && length !== '0');
}

async function read(request: Request, limit: number): Promise<Buffer> {
  const length = request.headers['content-length'];
  try {
    return await getRawBody(request, { limit, length });
  } catch (error) {
    if (request.context.cancelled) throw request.context.cancelled;
    if ((error as getRawBody.RawBodyError).type === 'entity.too.large') throw tooLarge(limit);
    throw new Problem('malformed-request', { cause: error });
  }
}

function parse(body: Buffer): unknown {
  const text = jsonText(body);
  try {
    return secureJson.parse(text, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw new Problem('malformed-request', { cause: error });
  }
}
