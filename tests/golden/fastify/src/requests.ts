import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from './http/client-address.js';
import { commonHeaders } from './http/headers.js';
import { Problem } from './problem.js';
import { clientGone, RequestContext } from './request-context.js';
import { startServerSpan } from './telemetry/tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Caller, deadline and trace, for services, database and cache. */
    context: RequestContext;
  }
  interface FastifyContextConfig {
    /** Probes and documents are answered however busy the instance is. */
    probe?: boolean;
    /** Path as in openapi.yaml, for logs and metrics. */
    template?: string;
  }
}

/** Longest request target in characters; longer ones are answered 414. */
const targetLimit = 4096;
const requestIdForm = /^[A-Za-z0-9._-]{8,128}$/;

/** The caller's X-Request-Id when it is well formed, else a new one. */
export function newRequestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
}

/**
 * Begins a request: its span, its deadline and the headers of its response. When the response has been sent, or the
 * client has gone, it is logged and measured.
 */
export function beginRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { config, metrics, lifecycle, shedding } = request.server;
  const { headers, method, raw } = request;
  const { template: route = 'unmatched', probe } = request.routeOptions.config ?? {};
  const span = startServerSpan(method, route, headers);
  const context = new RequestContext(request.id, span, config.REQUEST_TIMEOUT_MS);
  request.context = context;
  const forwardedFor = headers['x-forwarded-for'] as string | undefined;
  context.address = clientAddress(raw.socket.remoteAddress, forwardedFor, config.TRUST_PROXY_HOPS);
  reply.headers(commonHeaders(request.id));
  if (lifecycle.phase === 'draining') reply.header('connection', 'close');
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (!probe) shedding.enter(context, hasBody ? 'arriving' : 'inflight');

  // Pipelined: the time limit for sending the response before must not end the work on this request.
  if (!reply.raw.socket) reply.raw.setTimeout(0, reset);
  let sent = false;
  reply.raw.on('finish', () => {
    sent = true;
  });
  // Neither onResponse nor onRequestAbort is called for every client that hangs up.
  reply.raw.on('close', () => {
    shedding.leave(context);
    context.end();
    if (!sent) context.cancel(clientGone());
    const status = sent ? reply.raw.statusCode : 499;
    const seconds = (performance.now() - context.startedAt) / 1000;
    metrics.requestDuration.observe(
      { http_request_method: method, http_route: route, http_response_status_code: status },
      seconds,
    );
    const { traceId, spanId } = span.spanContext();
    const durationMs = Math.round(seconds * 1e6) / 1000;
    request.log.info({ traceId, spanId, method, route, status, durationMs }, 'request');
    if (span.isRecording()) {
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: 2 });
    }
    span.end();
  });
}

/**
 * The checks that come before a request is looked at any closer.
 * @throws Problem `overloaded`, `uri-too-long`, `malformed-request`
 */
export function admitRequest({ server, context, url }: FastifyRequest): void {
  server.shedding.admit(context.counted === 'arriving');
  if (url.length > targetLimit) throw new Problem('uri-too-long');
  // A fragment is not sent (RFC 9112, section 3.2), and routers differ in what they make of one.
  if (url.includes('#')) throw new Problem('malformed-request');
}

/**
 * Ends the work on a request whose response goes to its socket now. From here on only the client takes time: the
 * connection is closed when it takes nothing for SEND_TIMEOUT_MS. Node's timer looks at progress once in that time,
 * so this may last twice as long.
 */
export function handOver({ server, context }: FastifyRequest, response: ServerResponse): void {
  server.shedding.leave(context);
  context.end();
  response.setTimeout(server.config.SEND_TIMEOUT_MS, reset);
}

/** A plain close would leave the rest of the response in the kernel until the client takes it. */
function reset(socket?: Socket): void {
  // The response to an injected request has no socket.
  socket?.resetAndDestroy();
}
