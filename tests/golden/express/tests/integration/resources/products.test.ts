import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seed } from '../../../src/database/migrate.js';
import { filterable } from '../../../src/resources/products/model.js';
import { type Api, propertiesOf, type Surroundings, startInstance, surroundings } from '../../support/api.js';

const path = '/v1/products';
const samples: Record<string, unknown>[] = [
  {
    name: 'Wireless keyboard',
    description: 'Small, quiet and easy to carry.',
    price: '9.99',
    status: 'active',
  },
  {
    name: 'Desk lamp',
    description: 'Made to last, with parts that can be replaced.',
    price: '19.50',
    status: 'archived',
  },
  {
    name: 'Coffee grinder',
    description: 'A favourite of the last season.',
    price: '120.00',
    status: 'draft',
  },
];
const invalid: Record<string, unknown> = { name: 5, description: 5, price: 9.99, status: 'not-one-of-them' };
const uniques: string[] = [];

let place: Surroundings;
let api: Api;
let other: Api;

beforeAll(async () => {
  place = await surroundings();
  // Seeds hold what other resources refer to.
  await seed(place.environment.DATABASE_URL as string);
  api = await startInstance(place);
  other = place.environment.REDIS_URL === '' ? api : await startInstance(place);
});

afterAll(async () => {
  await api.close();
  if (other !== api) await other.close();
  await place.drop();
});

let made = 100;

/** A valid body; unique fields get a value that no other has. */
function body(): Record<string, unknown> {
  made += 1;
  const sample = { ...samples[made % samples.length] };
  for (const name of uniques) sample[name] = another(sample[name], made);
  return sample;
}

function another(value: unknown, number: number): unknown {
  if (typeof value === 'number') return 1000 + number;
  const text = String(value);
  if (/^[0-9a-f-]{36}$/.test(text)) return randomUUID();
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return new Date(Date.UTC(2027, 0, 1) + number * 1000).toISOString();
  if (/^\d{4}-\d\d-\d\d$/.test(text))
    return new Date(Date.UTC(2027, 0, 1) + number * 86_400_000).toISOString().slice(0, 10);
  const digits = number.toString(36);
  return /^\d+\.\d\d$/.test(text)
    ? `${1000 + number}.00`
    : text.slice(0, Math.max(0, text.length - digits.length)) + digits;
}

async function create(instance = api) {
  const answer = await instance.send('POST', path, { body: body(), headers: api.as.editor });
  expect(answer.status, answer.text).toBe(201);
  return answer;
}

test('a new one is answered with its place and version, and can be read on every instance', async () => {
  const input = body();
  const created = await api.send('POST', path, { body: input, headers: api.as.editor });
  expect(created.status, created.text).toBe(201);
  expect(created.body).toMatchObject({ ...input, version: 1 });
  expect(created.headers.get('location')).toBe(`${path}/${created.body.id}`);
  const read = await other.send('GET', `${path}/${created.body.id}`);
  expect(read.body).toEqual(created.body);
  expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
});

test('every field that is wrong is named, and unknown ones are refused', async () => {
  const answer = await api.send('POST', path, { body: { ...invalid, surprise: 1 }, headers: api.as.editor });
  expect(answer.status).toBe(422);
  const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer);
  for (const name of [...Object.keys(invalid), 'surprise']) expect(pointers).toContain(`#/${name}`);
});

test('all schemas of openapi.yaml have the same fields', () => {
  const given = propertiesOf('ProductInput');
  expect(propertiesOf('Product')).toEqual(expect.arrayContaining(given));
  expect(propertiesOf('ProductPatch')).toEqual(given);
  expect(propertiesOf('ProductSelection')).toEqual(expect.arrayContaining(propertiesOf('Product')));
});

test('a conflict names the field', async () => {
  const conflict = async (name: string, value: unknown, code: string) => {
    const given = { ...body(), [name]: value };
    const answer = await api.send('POST', path, { body: given, headers: api.as.editor });
    expect([name, answer.status]).toEqual([name, 409]);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer: `#/${name}`, code }));
  };
  const { body: row } = await create();
  for (const name of uniques) if (row[name] !== null) await conflict(name, row[name], 'taken');
});

test('an error of a misspelt parameter names the nearest one', async () => {
  const detail = async (query: string) => (await api.send('GET', `${path}?${query}`)).body.errors[0].detail;
  expect(await detail('fields=id,verison')).toContain('"verison" is not one of id, ');
  expect(await detail('fields=id,verison')).toContain('did you mean version?');
  expect(await detail('sort=-creatdAt')).toMatch(/^"-creatdAt" is not one of .*; did you mean -createdAt\?$/);
  expect(await detail('limt=5')).toBe('is not known here; did you mean limit?');
  expect(await detail(`fields=${encodeURIComponent('<b>')}`)).toMatch(/^a name is not one of /);
});

test('what is no identifier, or of nothing, is 404', async () => {
  expect((await api.send('GET', `${path}/no-uuid`)).status).toBe(404);
  expect((await api.send('GET', `${path}/${randomUUID()}`)).status).toBe(404);
});

test('a client that has the version gets 304', async () => {
  const { body: row } = await create();
  const ask = (tag: string) => api.send('GET', `${path}/${row.id}`, { headers: { 'if-none-match': tag } });
  for (const tag of ['"1"', 'W/"1"', '"0", "1"', '*'])
    expect([tag, (await ask(tag)).status]).toEqual([tag, 304]);
  expect((await ask('"2"')).status).toBe(200);
});

test('a change is made only in the version that it is meant for', async () => {
  const { body: row } = await create();
  const patch = (tag: string) =>
    api.send('PATCH', `${path}/${row.id}`, {
      body: samplePatch(),
      headers: { ...api.as.editor, 'if-match': tag },
    });
  const answers = await Promise.all([patch('"1"'), patch('"1"')]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  expect((await api.send('GET', `${path}/${row.id}`)).body.version).toBe(2);
});

test('a change that excludes the current version is not made', async () => {
  const { body: row } = await create();
  const change = async (method: string, tag: string) => {
    const sent = { PUT: { body: body() }, PATCH: { body: samplePatch() } }[method];
    const headers = { ...api.as.admin, 'if-none-match': tag };
    return (await api.send(method, `${path}/${row.id}`, { ...sent, headers })).status;
  };
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    for (const tag of ['*', '"1"', 'W/"1"', '"0", "1"'])
      expect([method, tag, await change(method, tag)]).toEqual([method, tag, 412]);
  }
  expect((await api.send('GET', `${path}/${row.id}`)).body).toEqual(row);
  expect(await change('PATCH', '"2"')).toBe(200);
  const missing = await api.send('DELETE', `${path}/${randomUUID()}`, {
    headers: { ...api.as.admin, 'if-none-match': '*' },
  });
  expect(missing.status).toBe(404);
});

function samplePatch(): Record<string, unknown> {
  const [name = ''] = Object.keys(samples[0] ?? {});
  return { [name]: body()[name] };
}

test('an update on one instance is seen on the other within a second', async () => {
  const { body: row } = await create();
  await other.send('GET', `${path}/${row.id}`);
  const changed = await api.send('PUT', `${path}/${row.id}`, { body: body(), headers: api.as.editor });
  expect(changed.status, changed.text).toBe(200);
  await expect
    .poll(async () => (await other.send('GET', `${path}/${row.id}`)).body.version, { timeout: 1000 })
    .toBe(2);
});

test('what is deleted is gone', async () => {
  const { body: row } = await create();
  expect((await api.send('DELETE', `${path}/${row.id}`, { headers: api.as.admin })).status).toBe(204);
  expect((await api.send('GET', `${path}/${row.id}`)).status).toBe(404);
  expect((await api.send('DELETE', `${path}/${row.id}`, { headers: api.as.admin })).status).toBe(404);
});

test('what is deleted needs no body, although its type is named', async () => {
  const { body: row } = await create();
  const headers = { ...api.as.admin, 'content-type': 'application/json' };
  expect((await api.send('DELETE', `${path}/${row.id}`, { headers })).status).toBe(204);
});

test('a request that is repeated with its key is carried out once', async () => {
  const input = body();
  const headers = { ...api.as.editor, 'idempotency-key': randomUUID() };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? api : other).send('POST', path, { body: input, headers }),
    ),
  );
  const created = answers.filter(({ status }) => status === 201);
  expect(new Set(created.map((answer) => answer.body.id)).size).toBe(1);
  expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
  const again = await other.send('POST', path, { body: input, headers });
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.text).toBe(created[0]?.text);
  const changed = await api.send('POST', path, { body: body(), headers });
  expect(changed.status).toBe(422);
  expect(changed.body.type).toContain('idempotency-key-reused');
});

test('a walk over the pages meets every row once, while rows come and go', async () => {
  const rows = [];
  for (let index = 0; index < 7; index += 1) rows.push((await create()).body.id);
  const met: string[] = [];
  let next = `${path}?limit=3&sort=createdAt`;
  while (next) {
    const page = await api.send('GET', next);
    expect(page.status, page.text).toBe(200);
    met.push(...page.body.data.map((row: { id: string }) => row.id));
    const link = page.headers.get('link');
    expect(link !== null).toBe(page.body.meta.nextCursor !== null);
    next = link ? (/<([^>]+)>/.exec(link)?.[1] ?? '') : '';
    // The row under the cursor goes away, and a new one comes.
    if (met.length === 3) await api.send('DELETE', `${path}/${met[2]}`, { headers: api.as.admin });
    await create();
    if (met.length > 200) break;
  }
  for (const id of rows) expect(met.filter((other) => other === id)).toHaveLength(1);
});

test('parameters are checked, not bent', async () => {
  for (const query of [
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=abc',
    'limit=1&limit=2',
    'sort=nothing',
    'fields=nothing',
    'unknown=1',
  ]) {
    expect([query, (await api.send('GET', `${path}?${query}`)).status]).toEqual([query, 400]);
  }
  const page = await api.send('GET', `${path}?limit=1&sort=createdAt`);
  const cursor = page.body.meta.nextCursor as string;
  const foreign = await api.send('GET', `${path}?sort=-createdAt&cursor=${cursor}`);
  expect(foreign.body.type).toContain('invalid-cursor');
  const tampered = await api.send('GET', `${path}?sort=createdAt&cursor=x${cursor}`);
  expect(tampered.status).toBe(400);
});

test('only the fields that are asked for are answered', async () => {
  const { body: row } = await create();
  const one = await api.send('GET', `${path}/${row.id}?fields=id,version`);
  expect(one.body).toEqual({ id: row.id, version: 1 });
  const page = await api.send('GET', `${path}?fields=id&limit=1`);
  expect(Object.keys(page.body.data[0])).toEqual(['id']);
});

/** All rows of a list, page by page. */
async function walk(query: string): Promise<Record<string, string | number>[]> {
  const rows = [];
  let next = `${path}?limit=40&${query}`;
  while (next) {
    const page: Awaited<ReturnType<Api['send']>> = await api.send('GET', next);
    expect(page.status, page.text).toBe(200);
    rows.push(...page.body.data);
    next = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  }
  return rows;
}

test('a list is filtered by values, ranges and some values', async () => {
  const rows = [(await create()).body, (await create()).body];
  for (const parameter of filterable) {
    const [field = '', operator] = parameter.split(/[[\]]/);
    const values = rows.map((row) => row[field]).filter((value) => value !== null);
    for (const value of values) {
      const given = operator === 'in' ? values.join(',') : value;
      const found = await walk(`${encodeURIComponent(parameter)}=${encodeURIComponent(given)}`);
      const asked = (row: Record<string, string | number>) => {
        const own = row[field] ?? null;
        if (own === null) return false;
        if (operator === 'gte') return own >= value;
        if (operator === 'lt') return own < value;
        return operator === 'in' ? values.includes(own) : own === value;
      };
      expect(found.filter((row) => !asked(row))).toEqual([]);
      const met = rows.map((row) => found.some(({ id }) => id === row.id));
      expect([parameter, met]).toEqual([parameter, rows.map(asked)]);
    }
  }
});

test('a cursor is good for its filters alone, and their values are checked', async () => {
  const { body: row } = await create();
  await create();
  const from = (time: string) => `${path}?limit=1&sort=createdAt&createdAt[gte]=${time}`;
  const { body: page } = await api.send('GET', from(row.createdAt));
  expect(page.data[0].createdAt >= row.createdAt).toBe(true);
  const foreign = await api.send('GET', `${from('2026-01-01T00:00:00Z')}&cursor=${page.meta.nextCursor}`);
  expect(foreign.body.type).toContain('invalid-cursor');
  const refuse = async (query: string) =>
    expect([query, (await api.send('GET', `${path}?${query}`)).status]).toEqual([query, 400]);
  for (const parameter of filterable.filter((name) => /\[(gte|lt)\]$/.test(name)))
    await refuse(`${parameter}=no-value`);
  for (const parameter of filterable.filter((name) => name.endsWith('[in]'))) {
    const given = `${parameter}=${encodeURIComponent(row[parameter.slice(0, -4)] ?? '')}`;
    await refuse(`${given}&${given}`);
    await refuse(`${parameter}=${Array(21).fill('1').join(',')}`);
  }
});
