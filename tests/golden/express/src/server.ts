import http, { type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { v7 as uuid } from 'uuid';
import type { Config } from './config.js';
import { keepResponsesBeingTaken } from './http/idle-connections.js';
import { problemBody } from './middleware/errors.js';
import { Problem } from './problem.js';

const problemOfCode: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: new Problem('header-fields-too-large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request-timeout'),
};

/** Node's HTTP server with limits on how long a client may take and how much it may send. */
export function createServer(config: Config, app: RequestListener): Server {
  const server = http.createServer(
    {
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      requestTimeout: config.HEADERS_TIMEOUT_MS + config.REQUEST_TIMEOUT_MS,
      keepAliveTimeout: config.KEEPALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 16_384,
    },
    app,
  );
  server.on('clientError', answerUnreadable);
  keepResponsesBeingTaken(server);
  return server;
}

/** Answers what never became a request: bad syntax, headers too large or too slow. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const problem = problemOfCode[error.code ?? ''] ?? new Problem('malformed-request');
  const requestId = uuid();
  const body = problemBody(problem, { url: '', requestId });
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-request-id': requestId,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const reason = http.STATUS_CODES[problem.status];
  socket.end(`HTTP/1.1 ${problem.status} ${reason}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
