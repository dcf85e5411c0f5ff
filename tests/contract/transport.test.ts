import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, expect, test } from 'vitest';
import { freePort, until } from '../e2e/project.js';
import { debian, requires } from '../requirements.js';
import { verify } from './projects.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'transport-'));
const rows = ['TL1', 'TL2', 'TL3', 'TL4', 'CK1', 'SE2', 'SE3', 'SE4'];
const document = JSON.stringify({
  openapi: '3.1.0',
  paths: { '/notes': { get: { responses: { 200: { content: { 'application/json': { schema: {} } } } } } } },
});
/** What the API answers with, besides the document. */
let headers: http.OutgoingHttpHeaders = {};
const api = http.createServer(({ url }, response) => {
  const found = url === '/openapi.json' || url === '/notes';
  response
    .writeHead(found ? 200 : 404, { 'content-type': 'application/json', ...headers })
    .end(url === '/openapi.json' ? document : '[]');
});
const ended: (() => void)[] = [];

requires(debian('nginx', 'openssl'))(async () => {
  fs.chmodSync(folder, 0o755);
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];
  openssl('req', '-x509', ...key('ca'), '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Authority of a test');
  for (const [name, host, days] of [
    ['good', 'localhost', '1'],
    ['other', 'other.example', '1'],
  ] as const) {
    openssl('req', ...key(name), '-out', `${name}.csr`, '-subj', `/CN=${host}`);
    fs.outputFileSync(path.join(folder, `${name}.ext`), `subjectAltName=DNS:${host}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', days];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      '-extfile',
      `${name}.ext`,
      ...signed,
    );
  }
});

afterAll(() => {
  for (const end of ended) end();
  api.close();
  api.closeAllConnections();
  fs.removeSync(folder);
});

/** nginx before the API. @returns its URL */
async function nginx({
  certificate = 'good',
  more = '',
  plain = '301 https://$host:$server_port$request_uri',
} = {}): Promise<string> {
  const port = await freePort();
  const own = fs.mkdtempSync(path.join(folder, 'nginx-'));
  fs.chmodSync(own, 0o755);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${own}/${of};`,
  );
  fs.outputFileSync(
    path.join(own, 'nginx.conf'),
    `pid ${own}/pid; error_log ${own}/log; events {}
http {
  access_log off; server_tokens off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/${certificate}.pem; ssl_certificate_key ${folder}/${certificate}.key;
    error_page 497 =${plain};
    ${more}
    location / { proxy_pass http://127.0.0.1:${(api.address() as AddressInfo).port}; }
  }
}`,
  );
  const server = spawn('nginx', ['-c', `${own}/nginx.conf`, '-g', 'daemon off;'], { stdio: 'ignore' });
  ended.push(() => server.kill());
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
        socket.on('connect', () => socket.destroy());
      }),
    () => fs.readFileSync(`${own}/log`, 'utf8'),
  );
  return `https://localhost:${port}`;
}

async function ask(url: string, trusted = true) {
  process.env.NODE_EXTRA_CA_CERTS = trusted ? path.join(folder, 'ca.pem') : '';
  return verify(url, ['--only', rows.join(',')]);
}

const hsts = 'add_header Strict-Transport-Security "max-age=31536000" always;';
const good = { 'x-content-type-options': 'nosniff' };
const cookie = 'id=4711; Secure; HttpOnly; SameSite=Lax; Expires=Wed, 21 Oct 2037 07:28:00 GMT';

test('an API behind a good nginx passes', async () => {
  headers = { ...good, 'set-cookie': [cookie, 'csrf=1; Secure; SameSite=Strict'] };
  const { passed, output } = await ask(await nginx({ more: hsts }));
  expect(passed.sort(), output).toEqual([...rows].sort());
});

test.each([
  ['no header for https alone', {}, good, ['TL3']],
  [
    'old versions of TLS',
    { more: `${hsts} ssl_protocols TLSv1.1 TLSv1.2; ssl_ciphers DEFAULT@SECLEVEL=0;` },
    good,
    ['TL2'],
  ],
  ['answers over http', { more: hsts, plain: '200 /notes' }, good, ['TL4']],
  ['a cookie for http', { more: hsts }, { ...good, 'set-cookie': 'id=1; HttpOnly; SameSite=Lax' }, ['CK1']],
  ['a cookie for scripts', { more: hsts }, { ...good, 'set-cookie': 'id=1; Secure; SameSite=Lax' }, ['CK1']],
  ['a cookie for other sites', { more: hsts }, { ...good, 'set-cookie': 'id=1; Secure; HttpOnly' }, ['CK1']],
  ['types to be guessed', { more: hsts }, {}, ['SE2']],
  ['pages in frames', { more: hsts }, { ...good, 'content-type': 'text/html' }, ['SE2']],
  [
    'the origin that came',
    { more: hsts },
    {
      ...good,
      'access-control-allow-origin': 'null',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    },
    ['SE3'],
  ],
  [
    'an origin without Vary',
    { more: hsts },
    { ...good, 'access-control-allow-origin': 'https://app.example' },
    ['SE3'],
  ],
  ['a version of nginx', { more: `${hsts} server_tokens on;` }, good, ['SE4']],
  ['the name of its framework', { more: hsts }, { ...good, 'x-powered-by': 'Express' }, ['SE4']],
])('%s: that row alone fails', async (_, configuration, given, wanted) => {
  headers = given;
  const { failed, output } = await ask(await nginx(configuration));
  expect(failed, output).toEqual(wanted);
});

test.each([
  ['an authority that nobody knows', 'good', false],
  ['a name of another host', 'other', true],
])(
  'a certificate of %s is one failure, and what needs a connection is not asked',
  async (_, certificate, trusted) => {
    headers = good;
    const { failed, notApplicable, output } = await ask(await nginx({ certificate, more: hsts }), trusted);
    expect(failed, output).toEqual(['TL1']);
    expect(notApplicable).toEqual(expect.arrayContaining(['TL3', 'CK1', 'SE2', 'SE3', 'SE4']));
  },
);
