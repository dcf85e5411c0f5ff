import http, { type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { v7 as uuid } from 'uuid';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import { commonHeaders } from './headers.js';
import { keepResponsesBeingTaken } from './idle-connections.js';
import { problemBody } from './problem-body.js';

/** Longest request target in characters; longer ones are answered 414. */
export const uriLimit = 4096;

/** Node's HTTP server with limits on how long a client may take and how much it may send before anyone looks at it. */
export function createServer(config: Config, listener: RequestListener): Server {
  const server = http.createServer(
    {
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      requestTimeout: config.HEADERS_TIMEOUT_MS + config.REQUEST_TIMEOUT_MS,
      keepAliveTimeout: config.KEEPALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      // A fragment is not sent (RFC 9112, section 3.2), and routers differ in what they make of one.
      if (request.url?.includes('#')) {
        const { status, headers, body } = refusal(new Problem('malformed-request'));
        limitSending(response, config);
        response.writeHead(status, headers).end(body);
      } else listener(request, response);
    },
  );
  server.on('clientError', answerUnreadable);
  keepResponsesBeingTaken(server);
  return server;
}

/**
 * Closes the connection of a response when its client takes nothing of it for SEND_TIMEOUT_MS; Node's timer looks at
 * progress once in that time, so this may last twice as long.
 */
export function limitSending(response: ServerResponse, { SEND_TIMEOUT_MS }: Config): void {
  response.setTimeout(SEND_TIMEOUT_MS).once('timeout', reset);
}

/** A plain close would leave the rest of the response in the kernel until the client takes it. */
function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

const problemOfCode: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: new Problem('header-fields-too-large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request-timeout'),
};

/** Answers what never became a request: bad syntax, headers too large or too slow. */
function answerUnreadable(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = refusal(
    problemOfCode[error.code ?? ''] ?? new Problem('malformed-request'),
  );
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** The answer to what is read no further. */
function refusal(problem: Problem) {
  const requestId = uuid();
  const body = problemBody(problem, { url: '', requestId });
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
    ...commonHeaders(requestId),
  };
  return { status: problem.status, headers, body };
}
