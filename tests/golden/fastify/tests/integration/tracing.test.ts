import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

interface Exported {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
}

// As the OpenTelemetry protocol numbers them.
const server = 2;
const client = 3;
const spans: Exported[] = [];
const collector = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    for (const resource of JSON.parse(body).resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    response.end('{}');
  });
});
let place: Surroundings;
let api: Api;

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50');
  place = await surroundings({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
  });
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
  collector.close();
});

/** The first list of the contract. */
const listPath = () =>
  [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))![0];

test('a sampled trace goes on through the API to the database, and reaches the collector', async () => {
  const [traceId, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const path = listPath();
  await api.send('GET', path, { headers: { traceparent: `00-${traceId}-${parent}-01` } });
  await vi.waitFor(() => expect(spans.some(({ kind }) => kind === server)).toBe(true), 5000);
  const entry = spans.find(({ kind }) => kind === server)!;
  expect(entry).toMatchObject({ traceId, parentSpanId: parent, name: `GET ${path}` });
  const below = spans.filter(({ parentSpanId }) => parentSpanId === entry.spanId);
  expect(below).toContainEqual(expect.objectContaining({ traceId, kind: client }));
});

test('a malformed traceparent begins a trace of its own', async () => {
  const answer = await api.send('GET', '/v1/nowhere', { headers: { traceparent: '00-zz-1-01' } });
  expect(answer.status).toBe(404);
  expect(answer.body.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
});
