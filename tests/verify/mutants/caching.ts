import type { Mutant } from './mutant.js';

const answer = 'dist/http/answer.js';
const conditional = 'dist/http/conditional.js';
const cacheStatus = 'dist/http/cache-status.js';
const cache = 'dist/cache/two-level.js';
const store = 'dist/cache/redis-store.js';
const accounts = 'dist/auth/routes.js';

export const caching: Mutant[] = [
  {
    row: 'ET1',
    name: 'makes tags that only one instance knows',
    file: conditional,
    from: /return `"\$\{version\}"`;/,
    to: "return '\"' + process.pid + '-' + version + '\"';",
    also: ['ET2', 'ET3', 'ET4', 'CH1'],
  },
  {
    row: 'ET1',
    name: 'makes weak tags',
    file: conditional,
    from: /return `"\$\{version\}"`;/,
    to: "return 'W/\"' + version + '\"';",
    also: ['ET2', 'ET3', 'ET4'],
  },
  {
    row: 'ET2',
    name: 'compares If-None-Match strongly',
    file: conditional,
    from: "tag.replace(/^W\\//, '') === etag",
    to: 'tag === etag',
    also: ['ET4'],
  },
  {
    row: 'ET2',
    name: 'takes no list of tags',
    file: conditional,
    from: 'tagsOf(ifNoneMatch).some(',
    to: '[ifNoneMatch].some(',
    also: ['ET4'],
  },
  {
    row: 'ET2',
    name: 'does not know If-None-Match: *',
    file: conditional,
    from: "ifNoneMatch.trim() === '*' || ",
    to: '',
    also: ['ET4'],
  },
  {
    row: 'ET2',
    name: 'says nothing of caching with 304',
    file: answer,
    from: 'return { status: 304, headers, body: undefined };',
    to: 'return { status: 304, headers: { etag }, body: undefined };',
  },
  {
    row: 'ET3',
    name: 'does not look at If-Match',
    file: conditional,
    from: "if (ifMatch === undefined || ifMatch.trim() === '*')",
    to: 'if (tagsOf)',
  },
  {
    row: 'ET3',
    name: 'takes a weak tag in If-Match',
    file: conditional,
    from: '/^"(\\d{1,9})"$/',
    to: '/^(?:W\\/)?"(\\d{1,9})"$/',
  },
  {
    row: 'ET3',
    name: 'compares the version before the statement, not in it',
    file: 'dist/resources/products/service.js',
    from: 'return allowed[0];',
    to: `{
            if ((await repository.version(unit.transaction, id)) !== allowed[0]) throw preconditionFailed();
            return null;
        }`,
  },
  {
    row: 'ET3',
    name: 'deletes any version',
    file: 'dist/resources/products/repository.js',
    from: 'transaction.query(remove, [id, version])',
    to: 'transaction.query(remove, [id, null])',
  },
  {
    row: 'ET4',
    name: 'does not look at If-None-Match of changes',
    file: conditional,
    from: 'excludes: ifNoneMatch === undefined ?',
    to: 'excludes: entityTag ?',
  },
  {
    row: 'CC1',
    name: 'lets shared caches keep what a caller sees who is signed in',
    file: answer,
    from: 'signedIn ? privateRead : publicRead',
    to: 'publicRead',
  },
  {
    row: 'CC1',
    name: 'does not let caches answer when it is down',
    file: answer,
    from: ', stale-if-error=300',
    to: '',
  },
  {
    row: 'CC1',
    name: 'lets caches keep errors',
    file: 'dist/http/problem-body.js',
    from: "'cache-control': 'no-store', ",
    to: '',
    also: ['CC2'],
  },
  {
    row: 'CC2',
    name: 'lets caches keep the tokens of a new account',
    file: accounts,
    from: "location: '/v1/me', 'cache-control': 'no-store'",
    to: "location: '/v1/me'",
  },
  {
    row: 'CC2',
    name: 'lets caches keep tokens that were exchanged',
    file: accounts,
    from: /(signIn\.refresh\(.*\);\s+)reply\.header\('cache-control', 'no-store'\);/,
    to: '$1',
  },
  {
    row: 'CH1',
    name: 'tells the other instances of no change',
    file: store,
    from: 'await put(key, entry, ttlSeconds, true);',
    to: 'await put(key, entry, ttlSeconds, false);',
    also: ['ET3'],
  },
  {
    row: 'CH1',
    name: 'relies on what it holds when the bus is lost',
    file: store,
    from: /if \(connected\)\s+listener\.lost\(\);\s+connected = false;/,
    to: '',
  },
  {
    row: 'CH1',
    name: 'forgets the changes that it could not tell',
    file: store,
    from: 'of owed.entries()',
    to: 'of []',
  },
  {
    row: 'CH2',
    name: 'asks the database for each of many callers',
    file: cache,
    from: 'const running = flights.get(key);',
    to: 'const running = undefined;',
  },
  {
    row: 'CH3',
    name: 'says nothing of its caches',
    file: answer,
    from: 'Object.assign(headers, cacheStatus(reading));',
    to: ';',
    also: ['CH4', 'DG1'],
  },
  {
    row: 'CH3',
    name: 'says it in a form of its own',
    file: cacheStatus,
    from: /`\$\{level\}; hit; ttl=\$\{ttl\}`/,
    to: "'HIT from ' + level",
    also: ['CH4'],
  },
  {
    row: 'CH4',
    name: 'calls all its caches the same',
    file: cacheStatus,
    from: /`\$\{level\}; hit; ttl=\$\{ttl\}`/,
    to: "'cache; hit; ttl=' + ttl",
  },
  {
    row: 'CH4',
    name: 'calls a miss a hit',
    file: cacheStatus,
    from: "'l1; fwd=miss'",
    to: "'l1; hit'",
  },
];
