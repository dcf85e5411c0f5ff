import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tableOf } from '../../src/verify/checks/shared/tables.js';
import { contractOf } from '../../src/verify/described/contract.js';
import type { Credentials, Description } from '../../src/verify/described/description.js';
import { namesChecks, placesOf } from '../../src/verify/described/probes.js';
import { callersOf } from '../../src/verify/described-callers.js';

const least: Description = {
  start: 'node server.js',
  instances: 1,
  variables: { PORT: '{port}', KEY: '{random}' },
  required: [],
  settings: {},
  telemetry: { metrics: {}, fields: {} },
  health: '/ready',
  openapi: '/v3/api-docs',
  leftToBalancer: [],
};

let server: http.Server;
let url: string;
/** Requests so far: path, type and body. */
let seen: string[];
let answer: (path: string, response: http.ServerResponse) => void;

beforeEach(async () => {
  seen = [];
  server = http.createServer(async (request, response) => {
    seen.push(`${request.url} ${request.headers['content-type']} ${await text(request)}`);
    answer(request.url!, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('callers', () => {
  const signedIn = (credentials: Credentials) =>
    callersOf({ ...least, credentials }, url, { 'random KEY': 'secret' });

  it('sign up and in, each with a name of its own, and keep what they got', async () => {
    answer = (place, response) =>
      response.end(place === '/login' ? JSON.stringify({ data: { token: `t${seen.length}` } }) : '{}');
    const callers = await signedIn({
      roles: { reader: 'viewer', editor: 'staff', admin: 'root' },
      requests: [
        { path: '/signup', json: { name: '{caller}', as: ['{role}'], age: 30 } },
        { path: '/login', form: { username: '{caller}' }, take: { token: '/data/token' } },
      ],
      headers: { Authorization: 'Bearer {token}', 'X-Key': '{variables.KEY}' },
    });
    const [signUp = '', logIn = ''] = seen;
    const [, name] = /"name":"(verify-[\w-]+)"/.exec(signUp)!;
    expect(signUp).toBe(`/signup application/json {"name":"${name}","as":["viewer"],"age":30}`);
    expect(logIn).toBe(`/login application/x-www-form-urlencoded;charset=UTF-8 username=${name}`);
    expect(seen.filter((request) => request.includes('"staff"')).length).toBeGreaterThan(5);
    const first = callers.authorization('reader', 'a');
    expect(first).toEqual({ authorization: expect.stringMatching(/^Bearer t\d+$/), 'x-key': 'secret' });
    expect(callers.authorization('reader', 'a')).toEqual(first);
    expect(callers.authorization('reader', 'b')).not.toEqual(first);
  });

  it('take a cookie', async () => {
    answer = (_, response) =>
      response.setHeader('set-cookie', ['sid=1; Path=/', 'other=2']).writeHead(302).end();
    const callers = await signedIn({
      requests: [{ path: '/login', take: { session: 'Set-Cookie' } }],
      headers: { Cookie: '{session}' },
    });
    expect(callers.authorization('editor', 'a')).toEqual({ cookie: 'sid=1' });
  });

  it('send nothing where headers are all', async () => {
    const callers = await signedIn({ headers: { 'X-API-Key': '{variables.KEY}' } });
    expect(callers.authorization('admin', 'a')).toEqual({ 'x-api-key': 'secret' });
    expect(seen).toEqual([]);
  });

  it.each([
    [401, '{"error":"no"}', 'signs nobody in: status 401 {"error":"no"}'],
    [200, '{"jwt":"x"}', 'has no /token in its answer: {"jwt":"x"}'],
  ])('are refused once, with the reason: %i %s', async (status, body, reason) => {
    answer = (_, response) => response.writeHead(status).end(body);
    const credentials = {
      requests: [{ path: '/login', take: { token: '/token' } }],
      headers: { A: '{token}' },
    };
    await expect(signedIn(credentials)).rejects.toThrow(`\`credentials\`: POST /login: ${reason}`);
    expect(seen).toHaveLength(1);
  });
});

describe('the document', () => {
  const document = {
    openapi: '3.1.0',
    servers: [{ url: 'https://api.example.com/api/' }],
    paths: { '/notes': { get: { responses: {} } } },
  };

  it('is served, and the path of its first server stands before its paths', async () => {
    answer = (_, response) => response.end(JSON.stringify(document));
    const contract = await contractOf('.', least, url);
    expect(contract.operations.map(({ path: place }) => place)).toEqual(['/api/notes']);
  });

  it('has tables and values by its own paths, and one that it does not have is told', async () => {
    answer = (_, response) =>
      response.end(
        JSON.stringify({
          ...document,
          paths: { '/notes': { get: {}, post: {} }, '/notes/{id}': { get: {} } },
        }),
      );
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'described-'));
    const say = (text: string) => fs.writeFileSync(path.join(folder, 'verify.yaml'), text);
    say('tables: { /notes: shop.note_entries }\nvalues: { POST /notes: { kind: a } }\n');
    const [notes] = (await contractOf(folder, least, url)).resources;
    expect(notes).toMatchObject({ path: '/api/notes', table: 'shop.note_entries', values: { kind: 'a' } });
    expect(tableOf(notes!)).toBe('"shop"."note_entries"');
    say('tables:\n  /note: note_entries\n');
    await expect(contractOf(folder, least, url)).rejects.toThrow(
      /verify\.yaml:2: `tables` \/note is no path of the document; did you mean "\/notes"\?/,
    );
    fs.rmSync(folder, { recursive: true });
  });

  it('is a file of the project', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'described-'));
    fs.writeFileSync(path.join(folder, 'api.json'), JSON.stringify({ ...document, servers: [] }));
    const contract = await contractOf(folder, { ...least, openapi: 'api.json' }, url);
    expect(contract.operations.map(({ path: place }) => place)).toEqual(['/notes']);
    fs.rmSync(folder, { recursive: true });
  });

  it('is told where it is none', async () => {
    answer = (_, response) => response.writeHead(404).end();
    await expect(contractOf('.', least, url)).rejects.toThrow(
      `${url}/v3/api-docs: should be the OpenAPI 3 document of the API: status 404`,
    );
  });
});

describe('probes', () => {
  it('are found where the project has them', () => {
    expect(placesOf(least)).toEqual({ '/readyz': '/ready', '/livez': '/ready' });
    expect(placesOf({ ...least, live: '/up', metrics: '/prometheus' })).toEqual({
      '/readyz': '/ready',
      '/livez': '/up',
      '/metrics': '/prometheus',
    });
  });

  it.each([
    ['{"status":"ready","checks":{"database":"up"}}', true],
    ['{"status":"UP"}', false],
    ['ok', false],
  ])('name their checks or not: %s', async (body, expected) => {
    answer = (_, response) => response.end(body);
    expect(await namesChecks(least, url)).toBe(expected);
  });
});
