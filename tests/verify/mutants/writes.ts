import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const performWrite = 'dist/writes.js';
const idempotency = 'dist/database/idempotency.js';
const requests = 'dist/requests.js';

/** The API burns the key of a request that it answers with that status. */
function burning(status: number): Mutant {
  return {
    row: 'IK4',
    name: `burns the key of a request that it answers with ${status}`,
    file: requests,
    from: "reply.raw.on('close', () => {",
    to: `
      const burnt = (globalThis.burnt ??= new Set());
      const key = request.headers['idempotency-key'];
      if (burnt.has(key)) request.headers['idempotency-key'] = 'no key';
      reply.raw.on('close', () => {
        if (key && reply.raw.statusCode === ${status}) burnt.add(key);`,
    also: status === 422 ? ['IK2'] : [],
  };
}

export const writes: Mutant[] = [
  planted('ordered-twice', 'looks for the key under another name', ['IK2', 'IK3', 'IK5', 'IK8']),
  {
    row: 'IK1',
    name: 'does not tell that an answer is a replay',
    file: performWrite,
    from: "'idempotent-replayed': 'true'",
    to: "'x-replayed': 'true'",
    also: ['IK2', 'IK3', 'IK5'],
  },
  {
    row: 'IK1',
    name: 'calls the first answer a replay',
    file: performWrite,
    from: 'return replayed ? ',
    to: 'return answer ? ',
    also: ['IK3', 'IK4', 'IK6'],
  },
  {
    row: 'IK1',
    name: 'knows keys of its own instance alone',
    file: performWrite,
    from: 'principal: callerKey(context.principal),',
    to: "principal: process.pid + ' ' + context.principal.id,",
    also: ['IK2', 'IK3', 'IK5'],
  },
  {
    row: 'IK1',
    name: 'replays with another status',
    file: idempotency,
    from: 'answer: { status, headers: JSON.parse(headers)',
    to: 'answer: { status: 200, headers: JSON.parse(headers)',
    also: ['IK2', 'IK3', 'IK5'],
  },
  planted('wrong-receipt', 'replays for any payload'),
  {
    row: 'IK2',
    name: 'carries out what comes with a used key',
    file: idempotency,
    from: "throw new Problem('idempotency-key-reused');",
    to: 'return { answer: await execute(transaction), replayed: false };',
  },
  planted('double-click', 'takes no lock on the key'),
  {
    row: 'IK3',
    name: 'does not say when to come back',
    file: idempotency,
    from: ", { headers: { 'retry-after': '1' } }",
    to: '',
  },
  burning(422),
  burning(401),
  burning(429),
  {
    row: 'IK5',
    name: 'stores the key when the write is committed already',
    file: performWrite,
    from: 'await idempotent(transaction, identity, execute);',
    to: `await idempotent({
      ...transaction,
      finish(query) {
        effects.push(() => database.transaction(context, (own) => own.query(query)));
        return [];
      },
    }, identity, execute);`,
    also: ['IK3'],
  },
  {
    row: 'IK5',
    name: 'claims the key before the write, in a transaction of its own',
    file: performWrite,
    from: /const answer = (await database\.transaction\(.+\s+effects\.length = 0;\s+const execute = \(\) =>)/,
    to: `const claim = {
      query: { kind: 'RawNode' },
      sql: \`insert into idempotency_keys (principal, key, fingerprint, status, headers, expires_at)
        values ('claim', $$1, '', 0, '', $$2) on conflict do nothing returning key\`,
      parameters: [request.key + context.principal.id, new Date(Date.now() + 60_000).toISOString()],
    };
    const own = (transaction) => transaction.query(claim);
    const claimed = request.key === undefined ? [1] : await database.transaction(context, own);
    const inProgress = () => new Problem('idempotency-in-progress', { headers: { 'retry-after': '1' } });
    const answer = $1 claimed.length === 0 ? Promise.reject(inProgress()) :`,
    also: ['IK3'],
  },
  planted('strangers-answer', 'has one set of keys for all principals'),
  {
    row: 'IK7',
    name: 'deletes one batch of expired keys',
    file: 'dist/database/purge.js',
    from: /while (\(!isStopped\(\) && \(await batch\(\)\) > 0\))/,
    to: 'if $1',
  },
  {
    row: 'IK7',
    name: 'waits ten minutes before it deletes expired keys',
    file: 'dist/database/purge.js',
    from: '(firstWithinMs * (1 + Math.random())) / 2',
    to: 'everyMs',
  },
  {
    row: 'IX1',
    name: 'has no index for expired keys',
    file: 'migrations/0001_idempotency.sql',
    from: 'create index "idempotency_keys__expires_at" on "idempotency_keys" ("expires_at");',
    to: '',
  },
  {
    row: 'IX1',
    name: 'has no index for expired sign-ins',
    file: 'migrations/0002_auth.sql',
    from: 'create index auth_sessions__expires_at on auth_sessions (expires_at);',
    to: '',
  },
  {
    row: 'TM1',
    name: 'speaks the zone and the date style of the database',
    file: 'dist/database/pool.js',
    from: 'onConnect: (client) => client.speakUtc(),',
    to: '',
  },
  {
    row: 'TM1',
    name: 'speaks the date style of the database',
    file: 'dist/database/client.js',
    from: "; set datestyle to 'ISO'",
    to: '',
  },
  {
    row: 'IK8',
    name: 'looks at a part of a key',
    file: 'dist/writes.js',
    from: '/^[\\x21-\\x7e]{1,255}$/',
    to: '/[\\x21-\\x7e]{1,255}$/',
  },
  {
    row: 'IK8',
    name: 'takes keys of any length',
    file: 'dist/writes.js',
    from: '{1,255}$/',
    to: '+$/',
  },
];
