import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings();
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

test('requests can be injected, and every path answers them', async () => {
  for (const [url, methods] of paths) {
    const method = (['POST', 'PUT', 'DELETE'] as const).find((other) => !methods.includes(other));
    const options = await api.parts.inject({ method: 'OPTIONS', url });
    expect([url, options.statusCode]).toEqual([url, 204]);
    const wrong = await api.parts.inject({ method: method ?? 'PATCH', url });
    expect([url, wrong.statusCode]).toEqual([url, 405]);
  }
  expect((await api.parts.inject('/livez')).json()).toEqual({ status: 'alive' });
});

test('an injected request is measured with the status of its response', async () => {
  await api.parts.inject('/livez');
  const measured = await api.parts.metrics.expose();
  expect(measured).toMatch(/http_route="\/livez",http_response_status_code="200"/);
  expect(measured).not.toContain('http_response_status_code="499"');
});
