import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';
import { clientGone, RequestContext } from '../request-context.js';
import { startServerSpan } from '../telemetry/tracing.js';
import { clientAddress } from './client-address.js';
import { commonHeaders, corsHeaders, requestId } from './headers.js';
import { limitSending, uriLimit } from './server.js';

/** Route of a request that no route takes: one name for all of them keeps the number of time series bounded. */
export const unmatched = 'unmatched';

/**
 * Begins a request: its id, its span, its deadline and the headers of its answer. When the answer has been sent, or
 * the client has gone, it is logged and measured.
 * @param route path template, or `unmatched`
 * @param probe whether it is answered however busy the instance is, and counts as no work
 */
export function beginExchange(
  { config, log, metrics, lifecycle, shedding }: Platform,
  request: IncomingMessage,
  response: ServerResponse,
  route: string,
  probe: boolean,
): RequestContext {
  const { headers, method = '' } = request;
  const span = startServerSpan(method, route, headers);
  const context = new RequestContext(
    requestId(headers['x-request-id'], randomUUID),
    span,
    config.REQUEST_TIMEOUT_MS,
  );
  context.address = clientAddress(
    request.socket.remoteAddress,
    headers['x-forwarded-for'] as string | undefined,
    config.TRUST_PROXY_HOPS,
  );
  context.responseHeaders = commonHeaders(context.requestId);
  Object.assign(context.responseHeaders, corsHeaders(headers.origin, config));
  if (lifecycle.phase === 'draining') context.responseHeaders.connection = 'close';
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (!probe) shedding.enter(context, hasBody ? 'arriving' : 'inflight');

  // Pipelined: the time limit for sending the response before must not end the work on this request.
  if (!response.socket) response.setTimeout(0);
  response.on('close', () => {
    shedding.leave(context);
    context.end();
    if (!response.writableFinished) context.cancel(clientGone());
    const status = response.writableFinished ? response.statusCode : 499;
    const seconds = (performance.now() - context.startedAt) / 1000;
    metrics.requestDuration.observe(
      { http_request_method: method, http_route: route, http_response_status_code: status },
      seconds,
    );
    const { traceId, spanId } = span.spanContext();
    const durationMs = Math.round(seconds * 1e6) / 1000;
    log.info({ requestId: context.requestId, traceId, spanId, method, route, status, durationMs }, 'request');
    if (span.isRecording()) {
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: 2 });
    }
    span.end();
  });
  return context;
}

/**
 * The checks that come before the request is looked at any closer.
 * @throws Problem `overloaded`, `uri-too-long`
 */
export function admitAny({ shedding }: Platform, request: IncomingMessage, context: RequestContext): void {
  shedding.admit(context.counted === 'arriving');
  if ((request.url ?? '').length > uriLimit) throw new Problem('uri-too-long');
}

/**
 * Counts a request as work once its body is there: those that are long in coming must not stand in the way of others.
 * @throws Problem `overloaded`
 */
export function admitBody({ shedding }: Platform, context: RequestContext): void {
  if (context.counted !== 'arriving') return;
  shedding.admit(false);
  shedding.leave(context);
  shedding.enter(context, 'inflight');
}

/**
 * Ends the work on a request whose response goes to its socket now. From here on only the client takes time: the
 * request counts as work no longer, and the connection is closed when nothing can be sent for SEND_TIMEOUT_MS.
 */
export function handOver(
  { config, shedding }: Platform,
  response: ServerResponse,
  context: RequestContext,
): void {
  shedding.leave(context);
  context.end();
  limitSending(response, config);
}
