import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Request, RequestHandler } from 'express';
import onHeaders from 'on-headers';
import { clientAddress } from '../http/client-address.js';
import { clientGone, RequestContext } from '../request-context.js';
import { startServerSpan } from '../telemetry/tracing.js';

declare global {
  namespace Express {
    interface Request {
      /** Caller, deadline and trace, for services, database and cache. */
      context: RequestContext;
    }
  }
}

const requestIdForm = /^[A-Za-z0-9._-]{8,128}$/;
/** Route of a request that no route takes: one name for all of them keeps the number of time series bounded. */
const unmatched = 'unmatched';

/**
 * Begins a request: its id, its span, its deadline. When the response has been sent, or the client has gone, it is
 * logged and measured.
 */
export const beginRequest: RequestHandler = (req, res, next) => {
  const { config, lifecycle, log, metrics, shedding } = req.app.locals;
  const { headers, method } = req;
  const span = startServerSpan(method, unmatched, headers);
  const context = new RequestContext(requestId(headers['x-request-id']), span, config.REQUEST_TIMEOUT_MS);
  req.context = context;
  context.address = clientAddress(
    req.socket.remoteAddress,
    headers['x-forwarded-for']?.toString(),
    config.TRUST_PROXY_HOPS,
  );
  res.setHeader('x-request-id', context.requestId);
  if (lifecycle.phase === 'draining') res.setHeader('connection', 'close');

  // Pipelined: the time limit for sending the response before must not end the work on this request.
  if (!res.socket) res.setTimeout(0, reset);
  // From here on only the client takes time. The connection is closed when it takes nothing for SEND_TIMEOUT_MS;
  // Node's timer looks at progress once in that time, so this may last twice as long.
  onHeaders(res, () => {
    shedding.leave(context);
    context.end();
    res.setTimeout(config.SEND_TIMEOUT_MS, reset);
  });
  res.on('close', () => {
    shedding.leave(context);
    context.end();
    if (!res.writableFinished) context.cancel(clientGone());
    const route = routeOf(req);
    const status = res.writableFinished ? res.statusCode : 499;
    const seconds = (performance.now() - context.startedAt) / 1000;
    metrics.requestDuration.observe(
      { http_request_method: method, http_route: route, http_response_status_code: status },
      seconds,
    );
    const { traceId, spanId } = span.spanContext();
    const durationMs = Math.round(seconds * 1e6) / 1000;
    log.info({ requestId: context.requestId, traceId, spanId, method, route, status, durationMs }, 'request');
    if (span.isRecording()) {
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
      if (status >= 500) span.setStatus({ code: 2 });
    }
    span.end();
  });
  next();
};

/** The caller's X-Request-Id when it is well formed, else a new one. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
}

/** Path of the route as in openapi.yaml. */
function routeOf({ baseUrl, route }: Request): string {
  return route ? `${baseUrl}${route.path}`.replace(/:(\w+)/g, '{$1}') : unmatched;
}

/** A plain close would leave the rest of the response in the kernel until the client takes it. */
function reset(socket?: Socket): void {
  socket?.resetAndDestroy();
}
