import { Buffer } from 'node:buffer';
import type { Request } from '../../src/verify/http/exchange.js';

/** A request that every framework has to answer alike. `{name}` in its path and body stands for the id kept under it. */
export interface Recorded extends Omit<Request, 'to' | 'signal' | 'timeoutMs'> {
  /** Bytes over a plain connection instead: what an HTTP client would not send. */
  raw?: string;
  /** Keeps the id of the answer under this name. */
  keep?: string;
  /** Keeps other texts of the answer, by name. */
  keepTexts?: Record<string, (body: Record<string, string>) => string | null>;
  /** Keeps the token of the last mail to this address as `mailed`. */
  mailedTo?: string;
  /** For a body that is another one by right, such as that of a library. */
  statusOnly?: boolean;
  /** Frameworks of another language answer with a document of their own: only its status counts. */
  ofLanguage?: boolean;
  /** For a spelling that each framework or HTTP server may take or refuse in its own way, as long as it does not fail. */
  odd?: boolean;
}

/** The projects are made with these. */
export const resources = [
  'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?',
  'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)+, tag:uuid?, day:date+, due:datetime+, orderId:ref(order), parent:ref(item)?',
];

const nobody = '01900000-0000-7000-8000-00000000dead';
const order = { total: '9.99', status: 'paid' };
const item = {
  name: 'A name',
  code: '01',
  qty: 10,
  ok: true,
  kind: 'a',
  day: '2026-01-15',
  due: '2026-01-15T08:30:00.000Z',
  orderId: '{order}',
};

const get = (path: string, headers: Record<string, string> = {}): Recorded => ({
  path,
  as: 'reader',
  headers,
});
const post = (path: string, json: unknown, more: Partial<Recorded> = {}): Recorded => ({
  method: 'POST',
  path,
  json,
  as: 'editor',
  ...more,
});
const sent = (method: string, path: string, body: string | Buffer, type = 'application/json'): Recorded => ({
  method,
  path,
  body,
  as: 'editor',
  headers: { 'content-type': type },
});
const patch = (path: string, json: unknown, headers: Record<string, string> = {}): Recorded => ({
  method: 'PATCH',
  path,
  json,
  as: 'editor',
  headers: { 'content-type': 'application/merge-patch+json', ...headers },
});

const odd = (path: string): Recorded => ({ ...get(path), odd: true });
/** One of them, for which `odd` holds where the condition does. */
const oddWhere = (request: Recorded, condition: boolean): Recorded =>
  condition ? { ...request, odd: true } : request;

const places: Recorded[] = [
  ...['/livez', '/readyz'].map((path) => get(path)),
  // Documents are compared where they are made; the page is that of a library.
  ...[
    ...['/openapi.yaml', '/openapi.json', '/docs', '/docs/docs.js', '/docs/docs.css'],
    ...['/docs/swagger-ui.js', '/docs/swagger-ui.css'],
  ].map((path) => ({ ...get(path), ofLanguage: true })),
  odd('/docs/start.js'),
  ...['/', '/v1', '/v2/orders', '/metrics', '/docs/', '/docs/nothing', '/favicon.ico'].map((path) =>
    get(path),
  ),
  ...[
    '/v1/orders/',
    ...['/V1/orders', '//v1/orders', '/v1//orders', '/v1/orders;a=1', '/v1/%6frders', '/v1/orders%2f'],
    ...['/v1/../v1/orders', '/v1/./orders', '/v1/orders/%zz', '/v1/orders/%00', '/v1/orders/%ff'],
    ...['/v1/orders/..', '/%zz', '/v1/%e4%b8%ad', '/v1/orders/%E2%82%AC', '/?a=b', '/v1/orders/a/b'],
  ].map(odd),
  get(`/v1/orders/${'a'.repeat(256)}`),
  // One framework's router refuses it, another's limit counts it first.
  { ...get(`/v1/orders/${'a'.repeat(257)}`), statusOnly: true },
  get(`/v1/orders?limit=1&${'a'.repeat(4100)}`),
  get(`/v1/orders/${'a'.repeat(5000)}`),
  get(`/v1/orders/${nobody}`),
  get(`/v1/orders/${nobody.toUpperCase()}`),
  get('/v1/orders/no-uuid'),
  get('/v1/orders/01900000000070008000000000000000'),
  get(`/v1/orders/urn:uuid:${nobody}`),
];

const paths = ['/livez', '/openapi.yaml', '/v1/orders', '/v1/orders/{order}', '/v1/auth/login', '/v1/me'];
const methods: Recorded[] = [
  ...paths.flatMap((path) =>
    ['HEAD', 'OPTIONS', 'PROPFIND', 'QUERY', 'TRACE'].map((method) => ({ ...get(path), method })),
  ),
  ...['PUT', 'PATCH', 'DELETE'].map((method) => ({ ...get('/v1/orders'), method })),
  { ...get('/v1/orders/{order}'), method: 'POST' },
  { ...get('/v1/nowhere'), method: 'POST' },
  { ...get('/v1/nowhere'), method: 'OPTIONS' },
  ...['https://app.example.com', 'https://evil.example.com', 'null'].flatMap((origin) => [
    get('/v1/orders?limit=1', { origin }),
    {
      ...get('/v1/orders', { origin, 'access-control-request-method': 'POST' }),
      method: 'OPTIONS',
      // Each library has its own status and words.
      odd: true,
    },
    get('/v1/nowhere', { origin }),
  ]),
];

const negotiation: Recorded[] = [
  ...[
    ...['application/json', 'application/*', '*/*', 'application/problem+json', 'text/html', 'text/*'],
    ...['application/json;q=0', '*/*;q=0', 'application/json;q=0.1, text/html', 'text/html, */*;q=0.1'],
    ...['application/xml, application/json;q=0.5', 'APPLICATION/JSON', 'application/json; charset=utf-8'],
    ...['nonsense', 'application/json;q=2', 'application/xml', 'application/*;q=0, */*'],
  ].map((accept) => oddWhere(get('/v1/orders?limit=1', { accept }), accept.includes('charset'))),
  ...[
    ...['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'text/plain'],
    ...['application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
    ...['application/merge-patch+json', 'application/vnd.api+json', 'application/jsonp', ';', 'json'],
  ].map((type) => sent('POST', '/v1/orders', JSON.stringify(order), type)),
  ...['application/json', 'application/merge-patch+json', 'text/plain', 'application/json-patch+json'].map(
    (type) => sent('PATCH', '/v1/orders/{order}', '{"group":"x"}', type),
  ),
  { method: 'POST', path: '/v1/orders', as: 'editor', odd: true },
  sent('POST', '/v1/orders', ''),
  { ...sent('DELETE', `/v1/orders/${nobody}`, '{}'), as: 'admin' },
  { ...sent('GET', '/v1/orders?limit=1', '{}'), as: 'reader' },
];

const unreadable: Recorded[] = [
  ...['{', '{"total":', '{"total":"1",}', "{'total':'1'}", 'null', '[]', '"text"', '1', 'true', '{}', ' '],
  ...['{"total":NaN}', '{"total":Infinity}', '{"a":01}', '{"a":"\t"}', '{"a":"\\ud800"}', '{"a":"\\x"}'],
  ...['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{}}}', '{"total":{"__proto__":1}}'],
  ...['{"total":"1","total":"2","status":"paid"}', '\ufeff{"total":"1","status":"paid"}', '{} {}', '{}}'],
  ...['/* */{}', '{"total":1e400,"status":"paid"}', `${'['.repeat(500)}${']'.repeat(500)}`],
].map((body) => sent('POST', '/v1/orders', body));
const bytes: Recorded[] = [
  sent('POST', '/v1/orders', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  sent('POST', '/v1/orders', Buffer.from('{"total":"1","status":"paid"}', 'utf16le')),
  sent('POST', '/v1/orders', `{"total":"${'1'.repeat(5000)}"}`),
  sent('POST', '/v1/orders', JSON.stringify({ ...order, group: '\u{1f600}'.repeat(11) })),
];

/** Values that are tried for each field of an item, the others being good. */
const values: Record<string, unknown[]> = {
  name: ['', 'x'.repeat(41), '\u{1f600}'.repeat(40), 'a\u0000b', 5, null, [], {}, true, '  '],
  code: ['1', '12345', '\u{1f600}', 'ab\ncd', ' x'],
  note: [null, '', 'é\u0301', '</script>"\\\u2028', 'x'.repeat(10_001), 1],
  qty: ['5', 1.5, 1, -0, 2147483647, 2147483648, -2147483648, -2147483649, 1e3, null, true, 1e21],
  amount: ['1', '-0.5', '01', '1.', '.5', '1e3', '1.12345', '1234567890123456', '+1', 'NaN', 1.5, null],
  ok: ['true', 1, 0, null, false],
  kind: ['c', '', 'A', null, 1, 'b'],
  tag: [nobody, nobody.toUpperCase(), 'x', `{${nobody}}`, `urn:uuid:${nobody}`, '', null, 1],
  day: ['2026-02-29', '2024-02-29', '2026-1-5', '0001-01-01', '9999-12-31', '2026-01-15T00:00:00Z', ''],
  due: [
    ...['2026-01-15T08:30:00Z', '2026-01-15T08:30:00.123456Z', '2026-01-15T08:30:00+14:00', '2026-01-15'],
    ...['2026-01-15 08:30:00Z', '2026-01-15t08:30:00z', '2026-13-15T08:30:00Z', '2026-01-15T24:00:00Z'],
    ...['2026-12-31T23:59:60Z', '2026-01-15T08:30:00', '2026-01-15T08:30:00-00:00', '1969-12-31T23:59:59Z'],
    ...['2026-01-15T08:30:00.1+05:30', '2026-02-30T08:30:00Z', '2026-01-15T08:30:00+01', 'now', 0],
    ...['2026-01-15T08:30:00+0530', '2026-01-15T08:30Z', '2026-01-15T08:30:00.Z'],
  ],
  orderId: [nobody, 'x', '', null, '{order}'],
  parent: [nobody, null, 1, 'x'],
};
const fields: Recorded[] = Object.entries(values).flatMap(([field, tried]) =>
  tried.map((value, place) =>
    post('/v1/items', { ...item, name: `${field} ${place}`, code: 'ab', [field]: value }),
  ),
);

const bodies: Recorded[] = [
  post('/v1/items', {}),
  post('/v1/items', { ...item, surprise: 1, id: nobody, 'a/b~c': 2 }),
  post('/v1/items', { ...item, name: 'with unknown', 'ä "€': 2 }),
  post('/v1/items', { name: 1, code: 1, note: 1, qty: 'x', amount: 1, ok: 'x', kind: 1, tag: 1 }),
  post('/v1/items', { ...item, version: 7, createdAt: '2020-01-01T00:00:00Z' }),
  post('/v1/items', { ...item, name: 'the first' }, { keep: 'item' }),
  post('/v1/items', { ...item, name: 'the first' }),
  post('/v1/items', { ...item, name: 'its child', parent: '{item}', amount: '1.5000' }, { keep: 'child' }),
  get('/v1/items/{item}'),
  get('/v1/items/{child}'),
  { method: 'PUT', path: '/v1/items/{child}', json: { ...item, name: 'put' }, as: 'editor' },
  { method: 'PUT', path: '/v1/items/{child}', json: { name: 'put' }, as: 'editor' },
  { method: 'PUT', path: `/v1/items/${nobody}`, json: item, as: 'editor' },
  { method: 'PUT', path: '/v1/items/no-uuid', json: item, as: 'editor' },
  patch('/v1/items/{child}', {}),
  patch('/v1/items/{child}', { note: 'changed', amount: null }),
  patch('/v1/items/{child}', { name: null }),
  patch('/v1/items/{child}', { version: 1 }),
  patch('/v1/items/{child}', { qty: 1.5, kind: 'z' }),
  patch('/v1/items/{child}', { orderId: nobody }),
  patch('/v1/items/{child}', []),
  patch(`/v1/items/${nobody}`, { note: 'x' }),
  get('/v1/items/{child}'),
  { method: 'DELETE', path: '/v1/orders/{order}', as: 'admin' },
];

const conditions: Recorded[] = [
  ...['"1"', 'W/"1"', '"0", "1"', '*', ' * ', '"2"', '1', '"1', 'W/"2", "1"', ', ,"1"', ''].map((tag) =>
    get('/v1/items/{item}', { 'if-none-match': tag }),
  ),
  { ...get('/v1/items/{item}', { 'if-none-match': `"${'x'.repeat(1100)}"` }), odd: true },
  get('/v1/items/{item}?fields=id', { 'if-none-match': '"1"' }),
  ...['"7"', 'W/"1"', '1', 'nonsense', '"1', `"${'1'.repeat(1100)}"`, '"0", "7"', ','].map((tag) =>
    patch('/v1/items/{item}', { note: 'x' }, { 'if-match': tag }),
  ),
  patch('/v1/items/{item}', { note: 'second' }, { 'if-match': '"1"' }),
  patch('/v1/items/{item}', { note: 'second' }, { 'if-match': '"1"' }),
  patch('/v1/items/{item}', { note: 'third' }, { 'if-match': '"1", "2"' }),
  patch('/v1/items/{item}', { note: 'fourth' }, { 'if-match': '*' }),
  patch(`/v1/items/${nobody}`, { note: 'x' }, { 'if-match': '*' }),
  patch(`/v1/items/${nobody}`, { note: 'x' }, { 'if-match': '"1"' }),
  { method: 'DELETE', path: '/v1/items/{item}', as: 'admin', headers: { 'if-match': '"1"' } },
  get('/v1/items/{item}'),
  get('/v1/items/{item}', { 'if-none-match': '"4"' }),
];

const keyed = (key: string, json: unknown): Recorded =>
  post('/v1/orders', json, { headers: { 'idempotency-key': key } });
const keys: Recorded[] = [
  keyed('first', order),
  keyed('first', order),
  keyed('first', { ...order, total: '1' }),
  keyed('bad', { total: 1 }),
  keyed('bad', order),
  keyed('', order),
  keyed('with space', order),
  keyed('x'.repeat(255), order),
  keyed('x'.repeat(256), order),
  keyed('ä', order),
];

const lists: Recorded[] = [
  ...['', 'limit=1', 'limit=100', 'limit=0', 'limit=101', 'limit=-1', 'limit=abc', 'limit=', 'limit=1.5'],
  ...['limit=1&limit=2', 'limit[]=1', 'LIMIT=1', 'limit=99999999999999999999', 'limit=null', 'limit=true'],
  ...['sort=createdAt', 'sort=-createdAt', 'sort=nothing', 'sort=', 'sort=-', 'sort=createdAt,id', 'sort=id'],
  ...['sort=qty&limit=2', 'sort=-due&limit=2', 'sort=name', 'sort=kind&sort=qty', 'sort=%2Dqty&limit=1'],
  ...['kind=a&limit=2', 'kind=c', 'kind=', 'kind=a&kind=b', 'qty=10&limit=2', 'qty=x', 'code=01'],
  ...[
    'orderId={order}&limit=1',
    'orderId=x',
    'day=2026-01-15&limit=1',
    'day=x',
    'due=x',
    'ok=true',
    'name=a',
  ],
  ...[
    'fields=id&limit=2',
    'fields=id,name&limit=1',
    'fields=nothing',
    'fields=',
    'fields=id,',
    'fields=id,id',
  ],
  ...['fields=id%2Cqty&limit=1', 'fields=ID', 'fields=id&fields=qty', 'unknown=1', 'a', '=1', '&&limit=1&'],
  ...[
    'cursor=x',
    'cursor=',
    'cursor=a.b',
    'cursor=%00',
    `cursor=${'a'.repeat(2100)}.b`,
    '%zz=1',
    'limit=%zz',
  ],
  ...['limit=%ff', '__proto__=1', 'constructor=1', 'kind=a+b', 'kind=%61&limit=1'],
].map((query) => oddWhere(get(`/v1/items?${query}`), isRepeated(query)));
/** A framework's own coercion may take the numbers, and its router the fragment. */
/** Whether a parameter is given twice: frameworks refuse that, or take the last value. */
function isRepeated(query: string): boolean {
  const names = [...new URLSearchParams(query).keys()];
  return new Set(names).size < names.length;
}

const oddQueries = [
  ...['limit=1.0', 'limit=%201', 'limit=1%20', 'limit=+1', 'limit=0x10', 'limit=1e1', 'limit=01'],
  ...['limit=%D9%A1', 'qty=1.0', 'limit=1#fragment'],
].map((query) => odd(`/v1/items?${query}`));
const walk: Recorded[] = [
  {
    ...get('/v1/items?sort=createdAt&limit=2'),
    keepTexts: { cursor: ({ meta }) => (meta as unknown as { nextCursor: string | null }).nextCursor },
  },
  get('/v1/items?sort=createdAt&limit=2&cursor={cursor}'),
  get('/v1/items?cursor={cursor}&limit=2&sort=createdAt'),
  get('/v1/items?sort=-createdAt&limit=2&cursor={cursor}'),
  get('/v1/items?sort=createdAt&limit=2&kind=a&cursor={cursor}'),
  get('/v1/items?sort=createdAt&limit=2&cursor=x{cursor}'),
  get('/v1/items?sort=createdAt&limit=2&cursor={cursor}x'),
  get('/v1/orders?sort=createdAt&limit=2&cursor={cursor}'),
  get('/v1/orders/{order}?fields=id,version'),
  get('/v1/orders/{order}?fields=nothing'),
  get('/v1/orders/{order}?limit=1'),
  get('/v1/orders/{order}?fields='),
];

const credentials = { email: 'somebody@example.com', password: 'a long enough sentence' };
const open = (path: string, json: unknown, more: Partial<Recorded> = {}): Recorded => ({
  method: 'POST',
  path: `/v1/auth/${path}`,
  json,
  ...more,
});
const keepToken = { token: ({ refreshToken }: Record<string, string>) => refreshToken ?? null };
const callers: Recorded[] = [
  post('/v1/orders', order, { as: undefined }),
  post('/v1/orders', order, { as: 'reader' }),
  { method: 'DELETE', path: `/v1/orders/${nobody}`, as: 'editor' },
  { method: 'DELETE', path: `/v1/orders/${nobody}`, as: 'admin' },
  { path: '/v1/orders?limit=1' },
  { path: '/v1/me' },
  { path: '/v1/me', as: 'reader' },
  ...['Bearer', 'Bearer ', 'Bearer x', 'bearer a.b.c', 'Basic eDp5', 'x', 'Bearer a b', 'Bearer  x.y.z'].map(
    (authorization): Recorded =>
      oddWhere({ path: '/v1/me', headers: { authorization } }, authorization.trim() === 'Bearer'),
  ),
  ...['Bearer x', 'Basic eDp5'].map(
    (authorization): Recorded => ({ path: '/v1/orders?limit=1', headers: { authorization } }),
  ),
  { path: '/v1/orders', method: 'POST', json: order, headers: { authorization: 'Bearer a.b.c' } },
  open('register', { email: credentials.email }, { mailedTo: credentials.email }),
  open('confirm', { token: '{mailed}', password: 'password1234' }),
  open('confirm', { token: '{mailed}', password: 'short' }),
  open('confirm', { token: '{mailed}', password: 'aaaaaaaaaaaaaa' }),
  open('confirm', { token: '{mailed}', password: credentials.password, roles: ['admin'] }),
  open('confirm', { token: '{mailed}', password: credentials.password }),
  open('confirm', { token: '{mailed}', password: credentials.password }),
  open('confirm', { token: 'a.b.c', password: credentials.password }),
  open('confirm', { token: 'no token', password: credentials.password }),
  open('confirm', {}),
  open('register', { email: 'SOMEBODY@example.com' }),
  open('register', { email: 'no address' }),
  ...['a.@example.com', 'a..b@example.com', 'a@-b.example', 'a@b', '"a"@example.com'].map((email) =>
    open('register', { email }),
  ),
  open('register', { ...credentials, email: 'other@example.com' }),
  open('register', {}),
  open('login', { ...credentials, password: 'another long sentence' }),
  open('login', { ...credentials, email: 'nobody@example.com' }),
  open('login', { email: 1, password: null }),
  open('login', credentials, { keepTexts: keepToken }),
  open('refresh', { refreshToken: '{token}' }),
  open('refresh', { refreshToken: '{token}' }),
  open('refresh', { refreshToken: 'x' }),
  open('refresh', { refreshToken: '' }),
  open('refresh', {}),
  open('login', credentials, { keepTexts: keepToken }),
  open('logout', { refreshToken: '{token}' }),
  open('refresh', { refreshToken: '{token}' }),
  open('logout', { refreshToken: 'y'.repeat(64) }),
  ...[null, 'y', {}].map((json) => open('logout', json)),
  { path: '/v1/auth/login' },
  ...['short', 'x'.repeat(129), 'with space', 'good-id.1_2', 'ä'.repeat(8)].map((id) =>
    get('/v1/nowhere', { 'x-request-id': id }),
  ),
  ...['00-zz-1-01', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', ''].map((traceparent) =>
    get('/v1/nowhere', { traceparent }),
  ),
];

const exports = '/v1/orders/exports';
const jobs: Recorded[] = [
  post(exports, undefined, { as: 'reader', keep: 'job' }),
  post(exports, { format: 'csv' }, { as: 'reader', headers: { 'idempotency-key': 'an export' } }),
  post(exports, { format: 'csv' }, { as: 'reader', headers: { 'idempotency-key': 'an export' } }),
  post(exports, {}, { as: 'reader', headers: { 'idempotency-key': 'an export' } }),
  ...[{}, { format: 'xml' }, { format: null }, { limit: 1 }, [], 'csv', null].map((json) =>
    post(exports, json),
  ),
  sent('POST', exports, '{"format"'),
  sent('POST', exports, 'csv', 'text/csv'),
  post(exports, undefined, { as: undefined }),
  post('/v1/nowhere/exports', undefined),
  ...['GET', 'PUT', 'OPTIONS'].map((method) => ({ ...get(exports), method })),
  ...['', '/result'].flatMap((ending) => [
    get(`/v1/jobs/{job}${ending}`),
    { ...get(`/v1/jobs/{job}${ending}`), as: undefined },
    get(`/v1/jobs/${nobody}${ending}`),
    get(`/v1/jobs/no-uuid${ending}`),
    get(`/v1/jobs/{job}${ending}?fields=id`),
    ...['HEAD', 'OPTIONS', 'POST'].map((method) => ({ ...get(`/v1/jobs/{job}${ending}`), method })),
  ]),
  ...['text/csv', 'text/html'].map((accept) => get('/v1/jobs/{job}/result', { accept })),
  { ...get('/v1/jobs/{job}'), method: 'DELETE', as: undefined },
  { ...get(`/v1/jobs/${nobody}`), method: 'DELETE' },
  ...[1, 2].map(() => ({ ...get('/v1/jobs/{job}'), method: 'DELETE' })),
  get('/v1/jobs/{job}'),
];

const raw: Recorded[] = [
  'NOT HTTP\r\n\r\n',
  'GET /livez HTTP/9.9\r\nHost: a\r\n\r\n',
  'GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n',
  'BREW /livez HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n',
  `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  `GET /livez HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(4000)}\r\n`,
  'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
  'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'GET http://other.example/livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /livez#fragment HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
].map((text) => ({ path: '', raw: text, odd: true }));

/** In this order, on an empty database. */
export const recorded: readonly Recorded[] = [
  post('/v1/orders', order, { keep: 'order' }),
  ...places,
  ...methods,
  ...negotiation,
  ...unreadable,
  ...bytes,
  ...bodies,
  ...conditions,
  ...fields,
  ...keys,
  ...lists,
  ...oddQueries,
  ...walk,
  ...callers,
  ...jobs,
  ...raw,
];
