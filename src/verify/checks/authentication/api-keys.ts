import type { Api } from '../../cluster/api.js';
import { type ApiKey, withOtherSecret } from '../../http/api-keys.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
  Mismatch,
} from '../../http/expectations.js';
import { commonTenant } from '../../http/tokens.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';

/** How long an instance may rely on what it knew of a key. */
const allowedMs = 5000;
/** Characters of a key that are secret for certain. */
const secretLength = 30;

export const apiKeys: Row[] = [
  {
    id: 'AU7',
    group: 'authentication',
    title: 'API keys that are replaced, expire and are revoked',
    expected:
      'a new key is accepted by every instance, in Authorization and in X-API-Key, and is shown and stored nowhere; both keys are accepted during the overlap of a rotation, and only the new one after it; a revoked key is refused by every instance within 5 s; 401 with error="invalid_token" and one body for all that are refused',
    source: 'RFC 6750, section 3.1; OWASP ASVS V14.2.1; OWASP API2:2023',
    remedy:
      'Store a hash of the key by its public id, compare in constant time, and ask the database again after a few seconds whether a key is still valid.',
    evidence: ['stateless', 'balanced'],
    needs: ['started', 'keys', 'resource'],
    quick: false,
    async run(api) {
      const { keyCommand } = api.fleet;
      const [old, brief, other] = await keyCommand(
        'create',
        ...['old', 'brief', 'other'].flatMap(asEditor),
        ...tenantOf(api),
      );
      const [oldKey, briefKey, otherKey] = [textOf(old), textOf(brief), textOf(other)];
      for (const key of [oldKey, briefKey, otherKey]) await expectAccepted(api, key);
      await expectRefused(api, withOtherSecret(oldKey), 'a key with another secret');

      const [next] = await keyCommand('rotate', old!.id, '--overlap', '1h');
      const [successor] = await keyCommand('rotate', brief!.id, '--overlap', '1s');
      const nextKey = textOf(next);
      await expectSoonRefused(api, briefKey, performance.now() + 1000, 'a key after its overlap');
      await pause(allowedMs);
      for (const key of [oldKey, nextKey, textOf(successor)]) await expectAccepted(api, key);
      await expectHidden(api, [oldKey, nextKey]);

      await keyCommand('revoke', next!.id);
      await expectSoonRefused(api, nextKey, performance.now(), 'a key that was revoked');
      for (const key of [oldKey, otherKey]) await expectAccepted(api, key);
      await expectOneBody(api, [briefKey, nextKey, withOtherSecret(oldKey), 'no-key']);
    },
  },
];

function asEditor(name: string): [name: string, role: string] {
  return [`verify-${name}`, 'editor'];
}

/** The text of a key that was just made. */
function textOf(made: ApiKey | undefined): string {
  const text = made?.key ?? '';
  expectThat(text.length > secretLength, 'a command that shows a new key', JSON.stringify(made));
  return text;
}

/** A write whose body cannot be read: it changes nothing, and only a caller who may write is told so. */
function attempt(api: Api, headers: Record<string, string>, to: string): Promise<Response> {
  return api.send({
    method: 'POST',
    path: api.resource.path,
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"',
    to,
  });
}

function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

async function expectAccepted(api: Api, key: string): Promise<void> {
  for (const { url } of api.fleet.instances)
    for (const headers of [bearer(key), { 'x-api-key': key }])
      expectStatus(await attempt(api, headers, url), 400);
}

async function expectRefused(api: Api, key: string, what: string): Promise<void> {
  for (const { url } of api.fleet.instances)
    for (const headers of [bearer(key), { 'x-api-key': key }]) {
      const response = await attempt(api, headers, url);
      expectThat(response.status === 401, `status 401 for ${what}`, `status ${response.status}`);
      expectProblem(response, 401, 'unauthenticated');
      expectHeader(response, 'WWW-Authenticate', /^Bearer\b.*\berror="invalid_token"/i);
    }
}

/** Uses the key all the time, as its client does: use does not keep it valid. @param since when it is no longer valid */
async function expectSoonRefused(api: Api, key: string, since: number, what: string): Promise<void> {
  for (;;) {
    const asked = performance.now();
    try {
      return await expectRefused(api, key, what);
    } catch (error) {
      if (!(error instanceof Mismatch) || asked > since + allowedMs) throw error;
      await pause(200);
    }
  }
}

/** A key is shown once: neither the list, nor a log line, nor the database has it. */
async function expectHidden(api: Api, keys: readonly string[]): Promise<void> {
  const { instances, hasDatabase, keyCommand } = api.fleet;
  const listed = JSON.stringify(await keyCommand('list'));
  const lines = instances.flatMap((instance) => instance.lines());
  for (const key of keys) {
    const secret = key.slice(-secretLength);
    expectThat(!listed.includes(secret), 'a list of keys without their secrets', 'a secret');
    expectThat(!lines.some((line) => line.includes(secret)), 'no key in any log line', 'a key');
    if (hasDatabase)
      expectEqual(
        (await api.fleet.sql.textsLike(`%${secret}%`)).length,
        0,
        'texts in the database that hold a key:',
      );
  }
}

async function expectOneBody(api: Api, keys: readonly string[]): Promise<void> {
  let first: unknown;
  for (const key of keys) {
    const response = await attempt(api, bearer(key), api.fleet.instances[0]!.url);
    const { requestId, instance, traceId, ...body } = expectProblem(response, 401, 'unauthenticated');
    first ??= body;
    expectEqual(body, first, 'the body, the same for every key that is refused:');
  }
}

/** The option with the tenant that callers share, where rows belong to tenants. */
function tenantOf({ contract }: Api): string[] {
  return contract.hasTenants ? ['--tenant', commonTenant] : [];
}
