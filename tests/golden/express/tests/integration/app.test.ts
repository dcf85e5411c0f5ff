import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { paths, type Surroundings, surroundings } from '../support/api.js';

let place: Surroundings;
let api: Express;
let server: Server;

beforeAll(async () => {
  place = await surroundings({ CORS_ORIGINS: 'https://app.example' });
  api = await createApp(loadConfig(place.environment));
  const app = express();
  app.use((_req, res, next) => {
    res.set('x-first', 'yes');
    next();
  });
  app.get('/hello/:name', (req, res) => {
    res.json({ hello: req.params.name });
  });
  app.use(api);
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.close();
  await api.locals.close();
  await place.drop();
});

function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method, headers });
}

test('the application can be used in another one, beside its middleware and routes', async () => {
  expect(await (await send('GET', '/hello/ann')).json()).toEqual({ hello: 'ann' });
  const alive = await send('GET', '/livez');
  expect([alive.status, alive.headers.get('x-first')]).toEqual([200, 'yes']);
});

test('every path answers OPTIONS, and 405 to methods that it does not have', async () => {
  for (const [path, members] of paths) {
    const methods = members.filter((member) => member !== 'PARAMETERS');
    const url = path.replace(/\{\w+\}/g, '0');
    const options = await send('OPTIONS', url);
    expect([path, options.status]).toEqual([path, 204]);
    const allow = options.headers.get('allow');
    expect(allow?.split(', ')).toEqual(expect.arrayContaining(methods));
    const method = ['POST', 'PUT', 'DELETE'].find((other) => !methods.includes(other)) ?? 'SEARCH';
    const wrong = await send(method, url);
    expect([path, wrong.status, wrong.headers.get('allow')]).toEqual([path, 405, allow]);
  }
});

test('a preflight lets listed origins in, and no others', async () => {
  const [path] = [...paths].find(([, methods]) => methods.includes('POST'))!;
  const preflight = (origin: string) =>
    send('OPTIONS', path, { origin, 'access-control-request-method': 'POST' });
  const listed = await preflight('https://app.example');
  expect(listed.headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect(listed.headers.get('access-control-allow-methods')).toContain('POST');
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
});
