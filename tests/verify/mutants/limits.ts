import type { Mutant } from './mutant.js';

const headers = 'dist/http/rate-limit-headers.js';
const admission = 'dist/http/admission.js';
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
    file: admission,
    from: /(Object\.assign\(context\.responseHeaders, rateLimitHeaders\(verdict\)\);)\s+(if \(verdict\.allowed\)\s+return;)/,
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
    file: admission,
    from: 'const rest = () => {',
    to: "if (operation.authentication === 'required') throw unauthenticated(platform); const rest = () => {",
    also: ['RL2', 'RL5'],
  },
  {
    row: 'RL2',
    name: 'counts and refuses nobody',
    file: admission,
    from: 'if (verdict.allowed)',
    to: 'if (verdict)',
    also: ['IK4', 'RL3', 'RL4', 'RL5', 'RL6'],
  },
  {
    row: 'RL2',
    name: 'does not say when to come back',
    file: admission,
    from: "headers: { 'retry-after': String(verdict.retryAfterSeconds) },",
    to: '',
    also: ['IK4', 'RL3', 'RL4'],
  },
  {
    row: 'RL2',
    name: 'counts the address of who is signed in',
    file: admission,
    from: /`principal:\$\{id\}`/,
    to: 'addressBucket(context)',
  },
  {
    row: 'RL2',
    name: 'counts the address as well when it knows the principal',
    file: admission,
    from: 'await limit(platform, policy, `principal:',
    to: 'await limit(platform, policy, addressBucket(context), context); await limit(platform, policy, `principal:',
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
  {
    row: 'RL4',
    name: 'does not count sign-ins',
    file: accounts,
    from: "await limit('login', request);",
    to: '',
  },
  {
    row: 'RL4',
    name: 'lets the right password in all the same',
    file: accounts,
    from: /await limit\('login', request\);\s+const tokens = await signIn\.login\(request\.body, request\.context\);/,
    to: `const tokens = await signIn.login(request.body, request.context).catch(async (error) => {
      await limit('login', request);
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
    file: 'dist/http/exchange.js',
    from: 'clientAddress(request.socket.remoteAddress,',
    to: "clientAddress(request.headers['x-real-ip'] ?? request.socket.remoteAddress,",
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
];
