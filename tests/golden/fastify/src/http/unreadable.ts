import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { v7 as uuid } from 'uuid';
import { Problem } from '../problem.js';
import { problemBody } from '../problems.js';
import { commonHeaders } from './headers.js';

const problemOfCode: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: new Problem('header-fields-too-large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request-timeout'),
};

/** Answers what never became a request: bad syntax, headers too large or too slow. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
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
    ...commonHeaders(requestId),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
}
