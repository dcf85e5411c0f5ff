import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutbound, type Outbound } from '../../src/outbound.js';
import { clientGone, RequestContext } from '../../src/request-context.js';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const spanContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: 0,
};
const received: IncomingMessage[] = [];
const contexts: RequestContext[] = [];
const lines: object[] = [];
let handlers: Handler[];
let metrics: Metrics;
let outbound: Outbound;

const respond =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end('"done"');
const hang: Handler = () => {};
const reset: Handler = ({ socket }) => socket.resetAndDestroy();

/** A service that answers as `handlers` say, one after another; the last one goes on. */
const service = createServer((request, response) => {
  received.push(request);
  const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
  handler?.(request, response);
});

beforeEach(async () => {
  await once(service.listen(0, '127.0.0.1'), 'listening');
  received.length = 0;
  lines.length = 0;
  metrics = createMetrics();
  const log = { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn: (line: object) => lines.push(line) };
  const baseUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const options = { name: 'rates', baseUrl, timeoutMs: 500, connections: 2 };
  outbound = createOutbound(options, { metrics, log: log as never });
});

afterEach(async () => {
  for (const context of contexts.splice(0)) context.end();
  await outbound.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

function context(timeoutMs = 20_000): RequestContext {
  const made = new RequestContext('test', trace.wrapSpanContext(spanContext), timeoutMs);
  contexts.push(made);
  return made;
}

const unavailable = expect.objectContaining({ type: 'dependency-unavailable' });

test('a response is passed on, and the trace goes along', async () => {
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  handlers = [respond(404)];
  const response = await outbound.request(context(), '/latest');
  expect([response.status, await response.json()]).toEqual([404, 'done']);
  expect(received[0]?.headers.traceparent).toBe(`00-${spanContext.traceId}-${spanContext.spanId}-00`);
  expect(await metrics.expose()).toMatch(
    /http_client_request_duration_seconds_count\{[^}]*http_response_status_code="404"[^}]*\} 1/,
  );
});

test('an attempt that fails is repeated and logged', async () => {
  handlers = [respond(503), reset, respond(200)];
  expect((await outbound.request(context(), '/')).status).toBe(200);
  expect(lines).toMatchObject([
    { service: 'rates', method: 'GET', tried: 1, type: '503' },
    { tried: 2, type: 'ECONNRESET' },
  ]);
});

test('what is not idempotent is repeated only with a key', async () => {
  handlers = [respond(503), respond(201)];
  await expect(outbound.request(context(), '/', { method: 'POST' })).rejects.toEqual(unavailable);
  expect(received).toHaveLength(1);
  handlers = [respond(503), respond(201)];
  const headers = { 'Idempotency-Key': 'one order' };
  const response = await outbound.request(context(), '/', { method: 'POST', headers, body: '{}' });
  expect([response.status, received.length]).toEqual([201, 3]);
});

test('Retry-After is kept, unless it is too long to wait', async () => {
  handlers = [respond(429, { 'retry-after': '1' }), respond(200)];
  const startedAt = performance.now();
  await outbound.request(context(), '/');
  expect(performance.now() - startedAt).toBeGreaterThan(950);
  handlers = [respond(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })];
  await expect(outbound.request(context(), '/')).rejects.toEqual(unavailable);
  expect(received).toHaveLength(3);
});

test('a slow attempt ends by its timeout', async () => {
  handlers = [hang, respond(200)];
  expect((await outbound.request(context(), '/')).status).toBe(200);
  expect(lines).toMatchObject([{ type: 'timeout' }]);
});

test('a service that fails is left alone for a while', async () => {
  handlers = [respond(503)];
  const call = () => outbound.request(context(), '/', { method: 'POST' });
  for (let tried = 1; tried <= 8; tried += 1) await expect(call()).rejects.toEqual(unavailable);
  expect(received).toHaveLength(5);
  expect(await metrics.expose()).toContain('circuit_breaker_state{name="rates"} 2');
});

test('it ends with the request that it is made for', async () => {
  handlers = [hang];
  await expect(outbound.request(context(100), '/')).rejects.toMatchObject({ type: 'deadline-exceeded' });
  const gone = context();
  const call = outbound.request(gone, '/');
  await vi.waitFor(() => expect(received).toHaveLength(2));
  const aborted = once(received[1]!.socket, 'close');
  gone.cancel(clientGone());
  await expect(call).rejects.toBe(gone.cancelled);
  await aborted;
  handlers = [respond(503, { 'retry-after': '2' })];
  const waiting = context(300);
  await expect(outbound.request(waiting, '/')).rejects.toMatchObject({ type: 'deadline-exceeded' });
  // None of them counts as a failure of the service.
  expect(lines).toHaveLength(1);
});

test('no more requests than connections are under way', async () => {
  let [now, most] = [0, 0];
  handlers = [
    (_request, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 20);
    },
  ];
  await Promise.all(Array.from({ length: 8 }, () => outbound.request(context(), '/')));
  expect([most, received.length]).toEqual([2, 8]);
});

test('a transaction is never kept waiting', async () => {
  const inTransaction = context();
  inTransaction.inTransaction = true;
  await expect(outbound.request(inTransaction, '/')).rejects.toThrow('within a transaction');
  expect(received).toHaveLength(0);
});
