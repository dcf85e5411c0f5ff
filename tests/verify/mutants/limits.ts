import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const headers = 'dist/http/rate-limit-headers.js';
const rateLimit = 'dist/plugins/rate-limit.js';
const operations = 'dist/plugins/operations.js';
const signIn = 'dist/plugins/auth.js';
const taken = 'app.limit(reply, policy, bucketOf(request))';
const known = 'request.context.principal !== anonymous';
const accounts = 'dist/auth/routes.js';
const limiter = 'dist/limits/limiter.js';

export const limits: Mutant[] = [
  {
    row: 'RL1',
    name: 'leaves RateLimit out',
    file: headers,
    from: /ratelimit: `.+`,/,
    to: '',
    also: ['RL2', 'RL3', 'RL4'],
  },
  {
    row: 'RL1',
    name: 'tells of the limit only when it is reached',
    file: rateLimit,
    from: /(reply\.headers\(rateLimitHeaders\(verdict\)\);)\s+(if \(verdict\.allowed\)\s+return;)/,
    to: '$2 $1',
    also: ['RL2', 'RL6'],
  },
  {
    row: 'RL1',
    name: 'gives a date as X-RateLimit-Reset',
    file: headers,
    from: /'x-ratelimit-reset': `.+`,/,
    to: "'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + resetSeconds),",
    also: ['RL2', 'RL3', 'RL4'],
  },
  {
    row: 'RL1',
    name: 'checks credentials before the limit of addresses',
    file: operations,
    from: 'checks.push(app.rateLimit(policy));',
    to: `const required = security.every((requirement) => Object.keys(requirement).length > 0);
      if (security.length > 0 && required) checks.push(app.requireRole());
      checks.push(app.rateLimit(policy));`,
    also: ['RL2', 'RL5'],
  },
  {
    row: 'RL2',
    name: 'counts and refuses nobody',
    file: rateLimit,
    from: 'if (verdict.allowed)',
    to: 'if (verdict)',
    also: ['IK4', 'RL3', 'RL4', 'RL5', 'RL6'],
  },
  {
    row: 'RL2',
    name: 'does not say when to come back',
    file: rateLimit,
    from: "headers: { 'retry-after': String(verdict.retryAfterSeconds) },",
    to: '',
    also: ['IK4', 'RL3', 'RL4'],
  },
  {
    row: 'RL2',
    name: 'counts the address of who is signed in',
    file: rateLimit,
    from: /`principal:\$\{principal\.id\}`/,
    to: 'addressBucket(address)',
  },
  {
    row: 'RL2',
    name: 'counts the address as well when it knows the principal',
    file: rateLimit,
    from: taken,
    to: `(${known} ? app.limit(reply, policy, addressBucket(request.context.address)) : Promise.resolve()).then(() => ${taken})`,
  },
  {
    row: 'RL3',
    name: 'counts in each instance',
    file: 'dist/limits/redis-bucket.js',
    from: 'const bucket = ',
    to: 'const bucket = process.pid + ',
    also: ['RL4', 'RL6'],
  },
  {
    row: 'RL3',
    name: 'spends more reads than it has taken from the shared bucket',
    file: 'dist/limits/lease.js',
    from: 'this.#held += grant.granted;',
    to: "this.#held += this.policy.name === 'default' ? grant.granted * 2 : grant.granted;",
  },
  planted('password-guessing', 'does not count sign-ins'),
  {
    row: 'RL4',
    name: 'lets the right password in all the same',
    file: accounts,
    from: /await app\.limit\(reply, policy, key\);\s+const tokens = await signIn\.login\(request\.body, request\.context\);/,
    to: `const tokens = await signIn.login(request.body, request.context).catch(async (error) => {
      await app.limit(reply, policy, key);
      throw error;
    });`,
  },
  {
    row: 'RL4',
    name: 'locks the owner of an account out everywhere',
    file: accounts,
    from: /:\$\{addressKey\(request\.context\.address\)\}/,
    to: '',
  },
  {
    row: 'RL5',
    name: 'believes X-Forwarded-For without a proxy',
    file: 'dist/http/client-address.js',
    from: 'hops > 0 && forwardedFor',
    to: 'forwardedFor',
  },
  {
    row: 'RL5',
    name: 'believes X-Real-IP',
    file: 'dist/requests.js',
    from: 'clientAddress(raw.socket.remoteAddress,',
    to: "clientAddress(headers['x-real-ip'] ?? raw.socket.remoteAddress,",
  },
  {
    row: 'RL6',
    name: 'waits long for a cache that hangs',
    file: 'dist/cache/redis-link.js',
    from: 'const commandTimeoutMs = 100;',
    to: 'const commandTimeoutMs = 1500;',
    also: ['DG2'],
  },
  {
    row: 'RL6',
    name: 'fails when the shared bucket does',
    file: limiter,
    from: 'return verdictOf(policy, local.take(key, policy));',
    to: "throw new Error('the shared bucket fails');",
    also: ['DG2', 'DG3', 'HP2'],
  },
  {
    row: 'RL6',
    name: 'limits nobody while the cache is away',
    file: limiter,
    from: 'return verdictOf(policy, local.take(key, policy));',
    to: 'return { allowed: true, policy, remaining: 1, resetSeconds: 1, retryAfterSeconds: 0 };',
  },
  {
    row: 'RL6',
    name: 'never shares limits again',
    file: limiter,
    from: 'const wanted = Math.max(',
    to: "if (falling) throw new Error('it failed before'); const wanted = Math.max(",
  },
  {
    row: 'RL7',
    name: 'takes the entry of a proxy as it stands',
    file: 'dist/http/client-address.js',
    from: "parsed(chain[0]?.trim() ?? '') ??",
    to: '(chain[0]?.trim() || undefined) ??',
  },
  {
    row: 'RL7',
    name: 'limits each address of an IPv6 network by itself',
    file: 'dist/http/client-address.js',
    from: '.slice(0, 4)',
    to: '.slice(0, 8)',
  },
  planted('spoofed-address', 'believes the first entry of X-Forwarded-For'),
  {
    row: 'RL8',
    name: 'counts changes and removals as reads',
    file: operations,
    from: "isRead(route) ? 'default' : 'write'",
    to: "route.method === 'POST' ? 'write' : 'default'",
  },
  {
    row: 'RL8',
    name: 'has one bucket for the writes of all who are signed in',
    file: rateLimit,
    from: taken,
    to: `app.limit(reply, policy, ${known} && policy.name === 'write' ? 'principal' : bucketOf(request))`,
  },
  {
    row: 'RL8',
    name: 'counts each token by itself',
    file: rateLimit,
    from: taken,
    to: `app.limit(reply, policy, ${known} ? 'token:' + request.headers.authorization : bucketOf(request))`,
  },
  {
    row: 'RL8',
    name: 'lets tokens be guessed without end',
    file: signIn,
    from: /await app\.limit\(reply, policy, addressBucket\(context\.address\)\);\s+throw error;/,
    to: 'throw error;',
  },
  {
    row: 'RL8',
    name: 'counts reads as writes as well',
    file: rateLimit,
    from: taken,
    to: `(${known} ? app.limit(reply, app.policies.write, 'principal:' + request.context.principal.id) : Promise.resolve()).then(() => ${taken})`,
  },
];
