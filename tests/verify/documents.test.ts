import type http from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Contract } from '../../src/verify/contract/contract.js';
import { UrlTarget } from '../../src/verify/url-target.js';
import { Recorder } from './recorder.js';

const item = { content: { 'application/json': { schema: { type: 'object', properties: { id: {} } } } } };
/** Items at a path, which may end with a slash. */
function documentOf(collection: string, one: string, more: object = {}): string {
  const get = { responses: { 200: item } };
  const post = { requestBody: item, responses: { 201: item } };
  return JSON.stringify({
    openapi: '3.1.0',
    ...more,
    paths: { [collection]: { get, post }, [one]: { get } },
  });
}
const document = documentOf('/items', '/items/{id}');

const servers: Recorder[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answers: Record<string, [http.OutgoingHttpHeaders, string]>): Promise<Recorder> {
  const api = new Recorder(({ url }, response) => {
    const [headers, text] = answers[url] ?? [];
    response.writeHead(headers ? 200 : 404, headers).end(text);
  });
  servers.push(api);
  await api.listen();
  return api;
}

const open = (url: string) => UrlTarget.open(url, { write: true, load: false, openapi: undefined });

describe('a document is found', () => {
  test.each([
    ['', '/openapi.json'],
    ['/api', '/api/openapi.json'],
    ['/api', '/openapi.json'],
    ['', '/v3/api-docs'],
    ['', '/api/v1/openapi.json'],
    ['', '/swagger/v1/swagger.json'],
    ['', '/api-docs'],
  ])('of an API at "%s", at %s', async (path, place) => {
    const api = await serve({ [place]: [{}, document] });
    expect((await open(`${api.origin}${path}`)).lacks('resource')).toBeUndefined();
  });

  test('by a link of the API', async () => {
    const link = '</a>; rel="help", <../descriptions/7>; rel="service-desc"; type="application/json"';
    const api = await serve({ '/api': [{ link }, ''], '/descriptions/7': [{}, document] });
    expect((await open(`${api.origin}/api/`)).lacks('resource')).toBeUndefined();
  });

  test.each([
    `SwaggerUIBundle({ url: "/d/7", dom_id: '#ui' })`,
    '<redoc spec-url="/d/7"></redoc>',
    '<script id="api-reference" data-url="/d/7"></script>',
  ])('by the page of documentation: %s', async (page) => {
    const api = await serve({ '/docs': [{}, `<html>${page}</html>`], '/d/7': [{}, document] });
    expect((await open(api.origin)).lacks('resource')).toBeUndefined();
  });

  test('behind credentials, which go nowhere else', async () => {
    vi.stubEnv('VERIFY_HEADER', 'X-Key: key-of-the-document-4711');
    const other = await serve({});
    const api = new Recorder(({ url, headers }, response) => {
      const isKnown = headers['x-key'] === 'key-of-the-document-4711';
      if (url === '/openapi.yaml')
        response.writeHead(302, { location: `${other.origin}/openapi.yaml` }).end();
      else response.writeHead(isKnown ? 200 : 401).end(url === '/openapi.json' ? document : 'none');
    });
    servers.push(api);
    await api.listen();
    expect((await open(api.origin)).lacks('resource')).toBeUndefined();
    expect(other.arrived.length).toBeGreaterThan(0);
    for (const { headers } of other.arrived) expect(headers['x-key']).toBeUndefined();
    vi.unstubAllEnvs();
  });

  test('nowhere: each place is told once, by what came', async () => {
    const api = await serve({ '/openapi.json': [{}, '{"swagger":"2.0"}'] });
    const target = await open(api.origin);
    expect(target.lacks('resource')).toBe('no document could be read (OA4)');
    expect(target.lacks('url')).toBeUndefined();
    const { failures } = await (await target.station()).session(undefined);
    expect(failures.document).toMatch(
      /^status 404: .*\/openapi\.yaml, .*; it is no OpenAPI 3 document: .*\/openapi\.json$/,
    );
  });

  test('at no place where something answers: the call was wrong', async () => {
    await expect(open('http://127.0.0.1:9')).rejects.toThrow(/publishes no OpenAPI 3 document \(bad port: /);
  });
});

describe('the base path of an API', () => {
  const at = (url: string, servers: unknown, place = 'http://api.test/docs/openapi.json') =>
    new Contract(documentOf('/items', '/items/{id}', { servers }), { url, place }).basePath;

  test('is that of the first server, else that of its URL', () => {
    expect(at('http://api.test', [{ url: '/api/v1/' }])).toBe('/api/v1');
    expect(at('http://api.test', [{ url: 'https://production.test/shop' }])).toBe('/shop');
    expect(at('http://api.test', [{ url: '../v2' }])).toBe('/v2');
    expect(at('http://api.test', [{ url: '/{stage}', variables: { stage: { default: 'dev' } } }])).toBe(
      '/dev',
    );
    expect(at('http://api.test/behind/', [{ url: '/' }])).toBe('/behind');
    expect(at('http://api.test/behind', undefined, '/tmp/openapi.yaml')).toBe('/behind');
    expect(at('http://api.test', undefined)).toBe('');
  });

  test('is before each request, and not in the paths that are judged and followed', async () => {
    const api = await serve({
      '/openapi.json': [{}, documentOf('/items', '/items/{id}', { servers: [{ url: '/api' }] })],
      '/api/items': [{ 'content-type': 'text/plain' }, 'none'],
    });
    const session = await (await (await open(api.origin)).station()).session(undefined);
    await session.send({ path: '/items' });
    expect(api.arrived.at(-1)!.url).toBe('/api/items');
    expect(session.deviations.map(({ operation }) => operation)).toEqual(['GET /items']);
    for (const target of [`${api.origin}/api/items?a=1`, '/api/items?a=1', '?a=1', 'items?a=1'])
      expect(session.pathOf(target, '/items')).toBe('/items?a=1');
    expect(session.pathOf('/other/items', '/items')).toBe('/other/items');
  });
});

test.each([
  ['/items/', '/items/{id}', '/items/7%2F'],
  ['/items/', '/items/{id}/', '/items/7%2F/'],
  ['/items', '/items/{id}', '/items/7%2F'],
])('%s and %s are a collection', (collection, one, expected) => {
  const { resources } = new Contract(documentOf(collection, one));
  expect(resources.map(({ path, item }) => [path, item('7/')])).toEqual([[collection, expected]]);
});
