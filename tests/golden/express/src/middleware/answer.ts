import type { Request, Response } from 'express';
import { type Answer, isAnswer } from '../http/answer.js';
import { handOver } from '../http/exchange.js';
import type { Platform } from '../platform.js';

/** What can be sent: an Answer, or one whose body has another form than JSON text. */
type Sendable = Omit<Answer, 'body'> & { body: string | Buffer | undefined };

/**
 * Sends what a handler has returned, with the headers that every answer has. Not by `response.send`: that decides for
 * itself what has not been modified.
 */
export function send(
  platform: Platform,
  request: Request,
  response: Response,
  returned: Sendable | object | undefined,
): void {
  const { status, headers, body } = sendable(response, returned);
  const { responseHeaders } = request.context;
  for (const name in responseHeaders) {
    if (!response.hasHeader(name)) response.setHeader(name, responseHeaders[name] as string);
  }
  if (body !== undefined) {
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', Buffer.byteLength(body));
  }
  handOver(platform, response, request.context);
  response.writeHead(status, headers).end(body);
}

function sendable({ statusCode }: Response, returned: Sendable | object | undefined): Sendable {
  if (isAnswer(returned)) return returned;
  const body = returned === undefined ? undefined : JSON.stringify(returned);
  return { status: statusCode, headers: {}, body };
}
