import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createKeys, revokeKey, rotateKey } from '../../src/auth/key-changes.js';
import { newKey } from '../../src/auth/key-format.js';
import { keys } from '../../src/auth/keys.js';
import { type Role, rolesUpTo } from '../../src/auth/roles.js';
import { inBackground } from '../../src/background.js';
import { Problem } from '../../src/problem.js';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings({ API_KEY_LAST_USE_S: '1' });
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

const [path] = [...paths].find(([, methods]) => methods.includes('DELETE') && methods.includes('PATCH')) ?? [
  '',
];
const one = path.replace('{id}', randomUUID());
const remove = (headers: Record<string, string>) => api.send('DELETE', one, { headers });
const parts = () => ({ database: api.parts.database, prefix: 'shop' });

async function made(role: Role = 'admin', expiresAt: string | null = null) {
  const purpose = { name: role, roles: rolesUpTo(role), tenant: 'tests', expiresAt };
  const [key] = await inBackground((context) => createKeys(parts(), [purpose], context));
  return key!;
}

/** Runs `work` as if it were that much later. */
async function later<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ now: Date.now() + milliseconds, toFake: ['Date'] });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

test('a key is taken in either header, and not in two that differ', async () => {
  const { key } = await made();
  const other = (await made()).key;
  expect((await remove({ 'x-api-key': key })).status).toBe(404);
  expect((await remove({ authorization: `Bearer ${key}` })).status).toBe(404);
  expect((await remove({ authorization: `bearer  ${key}`, 'x-api-key': key })).status).toBe(404);
  expect((await remove({ authorization: 'Basic YTpi', 'x-api-key': key })).status).toBe(404);
  const both = await remove({ authorization: `Bearer ${key}`, 'x-api-key': other });
  expect([both.status, both.headers.get('www-authenticate')]).toEqual([
    400,
    'Bearer error="invalid_request"',
  ]);
});

test('without a key the challenge names no error', async () => {
  const answer = await remove({});
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
});

test('roles: a reader may not write, an editor may not delete', async () => {
  for (const [role, status] of [
    ['reader', 403],
    ['editor', 403],
    ['admin', 404],
  ] as const)
    expect([role, (await remove(api.as[role])).status]).toEqual([role, status]);
});

test('whatever is wrong with a key, the answer is the same', async () => {
  const { key } = await made();
  const revoked = await made();
  await inBackground((context) => revokeKey(api.parts.database, revoked.id, context));
  const expired = await made('admin', new Date(Date.now() - 1000).toISOString());
  const bodies = new Set<string>();
  for (const wrong of [`${key}x`, key.toLowerCase(), newKey('shop'), revoked.key, expired.key, 'shop']) {
    const answer = await remove({ 'x-api-key': wrong });
    expect([wrong, answer.status]).toEqual([wrong, 401]);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    bodies.add(`${answer.body.title} ${answer.body.detail}`);
  }
  expect(bodies.size).toBe(1);
});

test('a key that is used is refused soon after its revocation, and at once after its expiry', async () => {
  const { id, key } = await made();
  const short = await made('admin', new Date(Date.now() + 60_000).toISOString());
  const status = async (text: string) => (await remove({ 'x-api-key': text })).status;
  expect([await status(key), await status(short.key)]).toEqual([404, 404]);
  await inBackground((context) => revokeKey(api.parts.database, id, context));
  expect(await later(5000, () => status(key))).toBe(401);
  expect(await later(60_000, () => status(short.key))).toBe(401);
});

test('while the database is down a key that was accepted goes on for a time, another does not', async () => {
  const { key } = await made();
  const unseen = await made();
  const headers = { 'x-api-key': key };
  expect((await remove(headers)).status).toBe(404);
  const check = (text: string) =>
    inBackground(async (context) => api.parts.auth.authenticate({ 'x-api-key': text }, context));
  const read = vi.spyOn(api.parts.database, 'read').mockRejectedValue(new Problem('dependency-unavailable'));
  try {
    expect((await later(10_000, () => check(key)))?.roles).toContain('admin');
    await expect(check(unseen.key)).rejects.toMatchObject({ type: 'dependency-unavailable' });
    await expect(later(301_000, () => check(key))).rejects.toMatchObject({ type: 'dependency-unavailable' });
  } finally {
    read.mockRestore();
  }
});

test('many requests with one key are one query', async () => {
  const { key } = await made();
  const read = vi.spyOn(keys, 'byId');
  await Promise.all(Array.from({ length: 20 }, () => remove({ 'x-api-key': key })));
  await remove({ authorization: `Bearer ${key}` });
  expect(read).toHaveBeenCalledTimes(1);
  read.mockRestore();
});

test('keys of one name that are made together have one client', async () => {
  const purposes = ['shop', 'shop', 'other'].map((name) => ({
    name,
    roles: rolesUpTo('admin'),
    expiresAt: null,
  }));
  const keysMade = await inBackground((context) => createKeys(parts(), purposes, context));
  const [one, two, three] = keysMade.map(({ clientId }) => clientId);
  expect([one === two, one === three]).toEqual([true, false]);
});

test('a rotated key lives until the end of the overlap; the new one has the same client', async () => {
  const old = await made();
  const next = await inBackground((context) => rotateKey(parts(), old.id, 60_000, context));
  expect([next.clientId, next.roles, next.name]).toEqual([old.clientId, old.roles, old.name]);
  expect(next.tenant).toBe('tests');
  const status = async (text: string) => (await remove({ 'x-api-key': text })).status;
  expect([await status(old.key), await status(next.key)]).toEqual([404, 404]);
  expect(await later(61_000, () => status(old.key))).toBe(401);
  expect(await later(61_000, () => status(next.key))).toBe(404);
});

test('the last use is recorded after a while; the database has a hash of a key alone', async () => {
  const { id, key } = await made();
  await remove({ 'x-api-key': key });
  const find = () => inBackground((context) => keys.byId(api.parts.database, id, context));
  let found = await find();
  for (let wait = 0; wait < 100 && !found?.key.lastUsedAt; wait += 1) {
    await pause(100);
    found = await find();
  }
  expect(Date.parse(found?.key.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(JSON.stringify(found)).not.toContain(key.slice(-38, -6));
});

test('the use of a revoked key is logged with its id, without the key', async () => {
  const { id, key } = await made();
  await inBackground((context) => revokeKey(api.parts.database, id, context));
  const warn = vi.spyOn(api.parts.log, 'warn');
  try {
    const answer = await remove({ 'x-api-key': key });
    const fields = {
      ...{ event: 'authn_login_fail', keyId: id, reason: 'revoked', clientAddress: '127.0.0.1' },
      requestId: answer.headers.get('x-request-id'),
    };
    expect(warn.mock.calls.map(([first]) => first)).toContainEqual(fields);
    expect(JSON.stringify(warn.mock.calls)).not.toContain(key.slice(-38));
  } finally {
    warn.mockRestore();
  }
});
