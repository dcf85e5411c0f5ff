import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startManagement } from '../../src/management.js';
import { type Api, type Surroundings, startInstance, surroundings } from '../support/api.js';

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

test('metrics are served on the loopback address unless MANAGEMENT_HOST names another', async () => {
  const { config, metrics, log } = api.parts;
  const server = await startManagement({ config: { ...config, MANAGEMENT_PORT: 0 }, metrics, log });
  try {
    const { address, port } = server.address() as AddressInfo;
    expect(address).toBe('127.0.0.1');
    const base = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('http_server_request_duration_seconds');
    expect((await fetch(`${base}/livez`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
