import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import type { Naming } from '../../src/verify/contract/contract.js';
import { isIn } from '../../src/verify/profiles.js';
import { checklist } from '../../src/verify/report/checklist.js';
import type { Result } from '../../src/verify/report/result.js';
import { ask } from '../../src/verify/runner.js';
import { UrlTarget } from '../../src/verify/url-target.js';

type Body = Record<string, unknown>;

/** An API that was made elsewhere: names, statuses and shapes of its own. */
interface Stranger {
  /** Of the body of POST. */
  schema?: object;
  example?: object;
  /** What the code refuses beyond the schema. */
  refuses?: (body: Body) => boolean;
  key?: string;
  /** Whether it publishes no document. */
  hidden?: boolean;
  document?: (document: Body) => void;
  /** Answers instead of it. @returns whether it did */
  before?: (request: http.IncomingMessage, response: http.ServerResponse, body: string) => boolean;
}

const text = { type: 'string', minLength: 1, maxLength: 60 };
const pet = { type: 'object', required: ['name', 'status'], properties: { name: text, status: text } };
const closing: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) close();
});

function documentOf({ schema = pet, example, key, document }: Stranger): string {
  const json = (of: object, more = {}) => ({ content: { 'application/json': { schema: of, ...more } } });
  const one = {
    type: 'object',
    properties: { petId: { type: 'integer' }, ...(schema as typeof pet).properties },
  };
  const error = json({ type: 'object', required: ['error'], properties: { error: { type: 'string' } } });
  const errors = { 400: error, 404: error, ...(key ? { 401: error } : {}) };
  const body = json(schema, example ? { example } : {});
  const security = key ? { security: [{ key: [] }] } : {};
  const made: Body = {
    openapi: '3.0.3',
    servers: [{ url: '/api' }],
    components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
    paths: {
      '/pets/': {
        get: {
          parameters: ['page', 'per_page'].map((name) => ({
            name,
            in: 'query',
            schema: {
              type: 'integer',
              minimum: 1,
              ...(name === 'per_page' ? { maximum: 30, default: 10 } : {}),
            },
          })),
          responses: {
            200: json({ type: 'object', properties: { results: { type: 'array', items: one } } }),
            ...errors,
          },
        },
        post: { ...security, requestBody: body, responses: { 200: json(one), ...errors } },
      },
      '/pets/{petId}': {
        parameters: [{ name: 'petId', in: 'path', required: true, schema: { type: 'integer' } }],
        get: { responses: { 200: json(one), ...errors } },
        put: { ...security, requestBody: body, responses: { 204: {}, ...errors } },
        delete: { ...security, responses: { 204: {}, ...errors } },
      },
    },
  };
  document?.(made);
  return JSON.stringify(made);
}

async function start(stranger: Stranger): Promise<string> {
  const pets = new Map<number, Body>();
  let last = 0;
  const allowed = { collection: ['GET', 'HEAD', 'POST'], item: ['GET', 'HEAD', 'PUT', 'DELETE'] };
  const answer = (request: http.IncomingMessage, response: http.ServerResponse, given: string) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://api');
    const send = (status: number, body?: unknown, headers = {}) =>
      response
        .writeHead(status, {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        })
        .end(body === undefined || request.method === 'HEAD' ? '' : JSON.stringify(body));
    if (pathname === '/openapi.json' && !stranger.hidden) return void response.end(documentOf(stranger));
    if (stranger.before?.(request, response, given)) return;
    const [, id] = /^\/api\/pets\/([^/]*)$/.exec(pathname) ?? [];
    if (id === undefined) return send(404, { error: 'nothing here' });
    const methods = id === '' ? allowed.collection : allowed.item;
    if (!methods.includes(request.method!)) return send(405, { error: 'no' }, { allow: methods.join(', ') });
    const writes = !['GET', 'HEAD'].includes(request.method!);
    if (writes && stranger.key && request.headers['x-key'] !== stranger.key)
      return send(401, { error: 'who?' }, { 'www-authenticate': 'Key' });
    if (id !== '' && !/^\d{1,10}$/.test(id)) return send(400, { error: 'an id is a number' });
    const own = pets.get(Number(id));
    if (id !== '' && !own) return send(404, { error: 'no such pet' });
    if (!writes && id !== '') return send(200, own);
    if (!writes) {
      const [page, size] = ['page', 'per_page'].map((name) => searchParams.get(name));
      if ([page, size].some((value) => value !== null && !/^[1-9]\d*$/.test(value!)))
        return send(400, { error: 'page and per_page are numbers' });
      const count = Math.min(Number(size ?? 10), 30);
      const start = (Number(page ?? 1) - 1) * count;
      return send(200, { results: [...pets.values()].slice(start, start + count) });
    }
    if (request.method === 'DELETE') {
      pets.delete(Number(id));
      return send(204);
    }
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      return send(415, { error: 'JSON, please' });
    let body: Body;
    try {
      body = JSON.parse(given);
    } catch {
      return send(400, { error: 'no JSON' });
    }
    const { required, properties } = (stranger.schema ?? pet) as typeof pet;
    const fits = (name: string) => {
      const value = body?.[name];
      return typeof value === 'string' && value !== '' && [...value].length <= 60;
    };
    if (given.includes('\ufffd') || !required.every((name) => fits(name)) || stranger.refuses?.(body))
      return send(400, { error: 'not valid' });
    const kept = Object.fromEntries(Object.keys(properties).map((name) => [name, body[name]]));
    const petId = id === '' ? ++last : Number(id);
    pets.set(petId, { petId, ...kept });
    return id === '' ? send(200, pets.get(petId)) : send(204);
  };
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function review(
  stranger: Stranger,
  { naming, only }: { naming?: Naming; only?: string[] } = {},
): Promise<{ results: Result[]; failed: string[]; target: UrlTarget; of(id: string): Result }> {
  const url = await start(stranger);
  const target = await UrlTarget.open(url, { write: true, load: false, openapi: undefined, naming });
  const selection = {
    unwanted: ({ id, optional }: { id: string; optional?: boolean }) =>
      optional || (only && !only.includes(id)) ? 'not selected' : undefined,
    judge: (result: Result) => result,
    bail: false,
  };
  const progress = { stage() {}, begin() {}, end() {} };
  const results = await ask(rows, target, selection, progress, new AbortController().signal);
  return {
    results,
    target,
    failed: results.filter(({ outcome }) => outcome === 'failed').map(({ row }) => row.id),
    of: (id) => results.find(({ row }) => row.id === id)!,
  };
}

describe('an API of another style', () => {
  test('that holds what its document and the RFCs say passes all that it is asked', async () => {
    const { failed, results, target, of } = await review({});
    expect(failed.map((id) => [id, of(id).failure?.expected, of(id).failure?.got])).toEqual([]);
    const passed = results.filter(({ outcome }) => outcome === 'passed').map(({ row }) => row.id);
    expect(passed).toEqual(
      expect.arrayContaining([
        'IT1',
        'MO1',
        'MO2',
        'MO3',
        'MO4',
        'MO7',
        'VA1',
        'VA5',
        'ME1',
        'MT1',
        'PG1',
        'OA1',
        'OA3',
        'SE3',
      ]),
    );
    expect(target.mapped).toEqual(['per_page for limit', 'results for data', 'petId for id']);
    // What it does not describe is not asked, and nothing is said of how it is watched.
    for (const id of ['PD1', 'ID1', 'VA2', 'PG2', 'PG5', 'FS1', 'FS2', 'IK1', 'RL1', 'VE1'])
      expect(of(id).reason).toMatch(/^the document describes no /);
    expect(checklist(results, target.foreign).filter(({ answer }) => answer !== 'unknown')).toEqual([]);
  });

  test.each([
    ['MO3', 'stores what its document forbids', {}],
    ['VA1', 'fails at malformed JSON', {}],
    ['ME1', 'has no Allow', {}],
    ['PG1', 'gives pages of another size', {}],
    ['VA5', 'fails at an id that is none', {}],
    ['SE4', 'tells its version', {}],
  ])('%s: it %s', async (id) => {
    const json = { 'content-type': 'application/json' };
    const faults: Record<string, NonNullable<Stranger['before']>> = {
      MO3: ({ method }, response, body) =>
        method === 'POST' &&
        /"status":""/.test(body) &&
        Boolean(response.writeHead(200, json).end('{"petId":1}')),
      VA1: (_, response, body) => body === '{"a": ' && Boolean(response.writeHead(500, json).end('{}')),
      ME1: ({ method }, response) =>
        method === 'PATCH' && Boolean(response.writeHead(405, json).end('{"error":""}')),
      PG1: ({ url }, response) =>
        url!.endsWith('per_page=2') && Boolean(response.writeHead(200, json).end('{"results":[]}')),
      VA5: ({ url }, response) =>
        url!.endsWith('no-uuid') && Boolean(response.writeHead(500, json).end('{}')),
      SE4: (_, response) => Boolean(response.setHeader('server', 'Cherry/1.2')) && false,
    };
    const { failed } = await review({ before: faults[id]! }, { only: [id] });
    expect(failed).toEqual([id]);
  });
});

describe('data with rules that no schema says', () => {
  const refuses = ({ status }: Body) => status !== 'available';

  test('is one result, and no row that needs an item is asked', async () => {
    const { failed, of } = await review({ refuses });
    expect(failed).toEqual(['IT1']);
    expect(of('IT1').failure).toMatchObject({
      operations: ['POST /pets/'],
      got: 'status 400: {"error":"not valid"}',
    });
    for (const id of ['MO1', 'VA1', 'PG1', 'CC1'])
      expect(of(id)).toMatchObject({
        outcome: 'not-applicable',
        reason: 'could not make an item: status 400: {"error":"not valid"} (IT1)',
      });
    // Reads go on.
    expect(of('ME1').outcome).toBe('passed');
  });

  test('is made from the example of the document, or else from values of its owner', async () => {
    const example = { name: 'Rex', status: 'available' };
    const values = { status: 'available', 'POST /pets/': { name: 'Rex {n}' } };
    for (const [stranger, naming] of [
      [{ refuses, example }, undefined],
      [{ refuses }, { names: {}, values }],
    ] as const) {
      const { failed, of } = await review(stranger, naming ? { naming: { ...naming, tables: {} } } : {});
      expect(failed).toEqual([]);
      expect(of('VA1').outcome).toBe('passed');
      // Values at the bounds of the schema would break the rules that it does not say.
      expect(of('MO1').reason).toContain('does not say all rules of its data');
    }
  });
});

describe('credentials', () => {
  test('that are refused are one result', async () => {
    vi.stubEnv('VERIFY_HEADER', 'X-Key: old-key-4711');
    const { failed, of } = await review({ key: 'new-key-4711' });
    expect(failed).toEqual(['AU17']);
    expect(of('VA1').reason).toBe('the credentials were refused: status 401 (AU17)');
    expect(of('AU1').outcome).toBe('passed');
  });

  test('that nobody takes are one result', async () => {
    vi.stubEnv('VERIFY_LOGIN', 'user=ci&password=wrong-4711');
    vi.stubEnv('VERIFY_LOGIN_URL', 'http://127.0.0.1:9/login');
    const { failed, of } = await review({ key: 'new-key-4711' });
    expect(failed).toEqual(['AU17']);
    expect(of('MO1').reason).toMatch(
      /^the sign-in failed: .*gives neither a token nor cookies for VERIFY_LOGIN \(bad port\)/,
    );
  });

  test('that are good open all rows', async () => {
    vi.stubEnv('VERIFY_HEADER', 'X-Key: new-key-4711');
    const { failed, of } = await review({ key: 'new-key-4711' });
    expect(failed).toEqual([]);
    expect(of('MO1').outcome).toBe('passed');
  });
});

/** Requires a tenant, a version in a header and media types of its own. */
const demanding: Stranger = {
  document(made) {
    const paths = made.paths as Record<string, Record<string, Body>>;
    for (const [path, item] of Object.entries(paths))
      for (const [method, operation] of Object.entries(item)) {
        if (method === 'parameters') continue;
        const content = (part: Body | undefined) => {
          const { 'application/json': json } = (part?.content ?? {}) as Record<string, object>;
          if (json) part!.content = { 'application/vnd.pets.v2+json': json };
        };
        content(operation.requestBody as Body);
        for (const response of Object.values(operation.responses as Record<string, Body>)) content(response);
        operation.parameters = [
          ...((operation.parameters as object[] | undefined) ?? []),
          { name: 'tenant', in: 'query', required: true, schema: { type: 'string' }, example: 'acme' },
          { name: 'Api-Version', in: 'header', required: true, schema: { enum: ['2'] } },
        ];
        expect(path).toMatch(/^\/pets/);
      }
  },
  before(request, response, body) {
    const { pathname, searchParams } = new URL(request.url!, 'http://api');
    const known = pathname === '/api/pets/' ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD', 'PUT', 'DELETE'];
    if (!pathname.startsWith('/api/pets/') || !known.includes(request.method!)) return false;
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, headers: Record<string, string> = {}) =>
      writeHead(status, {
        ...headers,
        ...(headers['content-type'] ? { 'content-type': 'application/vnd.pets.v2+json' } : {}),
      })) as typeof response.writeHead;
    const type = request.headers['content-type'] ?? '';
    const wrong =
      searchParams.get('tenant') !== 'acme' || request.headers['api-version'] !== '2'
        ? 400
        : body !== '' && /^application\/json/.test(type)
          ? 415
          : /vnd|\*|xml|html/.test(request.headers.accept ?? 'none') ||
              ['PUT', 'DELETE'].includes(request.method!)
            ? 0
            : 406;
    request.headers['content-type'] = type.replace('application/vnd.pets.v2+json', 'application/json');
    if (wrong === 0) return false;
    response
      .writeHead(wrong, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: `refused: ${request.method} ${request.url}` }));
    return true;
  },
};

test('what the document requires of each request is sent', async () => {
  const { failed, of, target } = await review(demanding);
  expect(failed.map((id) => [id, of(id).failure?.expected, of(id).failure?.got])).toEqual([]);
  for (const id of ['IT1', 'MO1', 'MO2', 'MO7', 'VA1', 'PG1', 'OA1', 'VE1'])
    expect([id, of(id).outcome]).toEqual([id, 'passed']);
  expect(target.lacks('version')).toBeUndefined();
});

describe('a list that has no pages', () => {
  const document = (made: Body) => {
    const { get } = (made.paths as Record<string, Record<string, Body>>)['/pets/']!;
    get!.parameters = [];
  };
  /** Answers of the list, as the API changes them: the first come first. */
  const lists = (shown: (body: { results: Body[] }) => Body[]) => {
    const before: Stranger['before'] = (request, response) => {
      if (request.method !== 'GET' || !request.url!.endsWith('/pets/')) return false;
      const end = response.end.bind(response);
      response.end = ((text: string) => {
        const body = JSON.parse(text);
        return end(JSON.stringify({ ...body, results: shown(body) }));
      }) as typeof response.end;
      request.url += '?per_page=30';
      return false;
    };
    return review({ document, before }, { only: ['MO1', 'MO4', 'MO7'] });
  };

  test('may show the first alone', async () => {
    const { failed, of } = await lists(({ results }) => results.slice(0, 10));
    expect(failed.map((id) => [id, of(id).failure?.expected, of(id).failure?.got])).toEqual([]);
    expect(of('MO7').outcome).toBe('passed');
  });

  test('has all of a few', async () => {
    const { failed } = await lists(({ results }) => results.slice(0, 4));
    expect(failed).toContain('MO4');
  });
});

test('an API without a document is asked what needs none', async () => {
  const { failed, results, of } = await review({
    hidden: true,
    before: (_, response) => Boolean(response.writeHead(404, { server: 'Cherry/1.2' }).end()),
  });
  expect(failed).toEqual(['SE4', 'OA4']);
  expect(of('MO1').reason).toBe('no document could be read (OA4)');
  expect(results.filter(({ outcome }) => outcome === 'passed').map(({ row }) => row.id)).toEqual(['SE3']);
});

test('names of its owner go before the usual ones', async () => {
  const document = (made: Body) => {
    const { get } = (made.paths as Record<string, Record<string, Body>>)['/pets/']!;
    (get!.parameters as Body[])[1]!.name = 'howMany';
  };
  const names = { limit: 'howMany' };
  expect((await review({ document }, { only: [] })).of('PG1').reason).toBe('not selected');
  const { target } = await review({ document }, { only: [], naming: { names, values: {}, tables: {} } });
  expect(target.lacks('limit')).toBeUndefined();
  expect(target.mapped).toContain('howMany for limit');
});

test.each([
  ['path', (made: Body) => Object.assign(made, { servers: [{ url: '/api/v2' }] })],
  ['header', (made: Body) => parameter(made, { name: 'Accept-Version', in: 'header' })],
  ['query', (made: Body) => parameter(made, { name: 'api-version', in: 'query' })],
  ['media type', (made: Body) => mediaType(made, 'application/vnd.pets.v1+json')],
])('a version in a %s counts', async (_, document) => {
  const { target } = await review({ document: (made) => void document(made) }, { only: [] });
  expect(target.lacks('version')).toBeUndefined();
});

function parameter(made: Body, given: object): void {
  const { get } = (made.paths as Record<string, Record<string, Body>>)['/pets/']!;
  (get!.parameters as object[]).push(given);
}

function mediaType(made: Body, type: string): void {
  const { get } = (made.paths as Record<string, Record<string, Body>>)['/pets/']!;
  (get!.responses as Record<string, object>)['200'] = { content: { [type]: {} } };
}

test('each row of the profile http names its RFC', () => {
  const asked = rows.filter((row) => isIn('http', row));
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter(({ source }) => !/\bRFC \d{4}/.test(source))).toEqual([]);
  expect(rows.filter((row) => !isIn('scalable', row))).toEqual([]);
});
