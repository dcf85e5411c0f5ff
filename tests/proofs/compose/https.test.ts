import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/verify/http/waiting.js';
import { freePort } from '../../../src/verify/proxies/ports.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';
import { scratchFolder } from '../../command-line.js';
import { type Requirement, requires } from '../../requirements.js';

const programs = path.join(os.homedir(), '.cache/ci-caddy');
const caddyfile = path.resolve(
  import.meta.dirname,
  '../../../templates/deploy/compose/files/deploy/Caddyfile',
);
const folder = scratchFolder('https');

/** Unpacked and not installed: it would start a service. */
const caddy: Requirement = {
  name: 'caddy (Debian)',
  async provide() {
    if (fs.existsSync(path.join(programs, 'usr/bin/caddy'))) return;
    fs.ensureDirSync(programs);
    await execa('apt-get', ['download', '-qq', 'caddy'], { cwd: programs });
    const file = fs.readdirSync(programs).find((name) => name.endsWith('.deb'))!;
    await execa('dpkg', ['-x', file, '.'], { cwd: programs });
    fs.removeSync(path.join(programs, file));
  },
};

requires(caddy);

afterAll(() => fs.removeSync(folder));

interface Answer {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/** Asks for / under the name localhost. */
function ask(
  protocol: typeof http | typeof https,
  port: number,
  options: https.RequestOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = protocol.get({ host: 'localhost', port, agent: false, ...options }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    request.on('error', reject);
  });
}

test('the edge serves HTTPS with its own authority, redirects HTTP and tells who asks', async () => {
  const behind = http.createServer((request, response) => response.end(JSON.stringify(request.headers)));
  behind.listen(0, '127.0.0.1');
  onTestFinished(() => void behind.close());
  await once(behind, 'listening');
  const [plain, secure] = [await freePort(), await freePort()];
  // What differs from a server: the ports, the address of the balancer, and no administration.
  const options = `{\n\thttp_port ${plain}\n\thttps_port ${secure}\n\tadmin off\n\tskip_install_trust\n}\n`;
  const balancer = `127.0.0.1:${(behind.address() as AddressInfo).port}`;
  const text = fs.readFileSync(caddyfile, 'utf8').replace('balancer:8080', balancer);
  fs.outputFileSync(path.join(folder, 'Caddyfile'), options + text);
  const command = ['run', '--config', path.join(folder, 'Caddyfile')];
  const server = new ServerProcess(
    path.join(programs, 'usr/bin/caddy'),
    command,
    {},
    {
      ...process.env,
      DOMAIN: 'localhost',
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    },
  );
  onTestFinished(() => server.stop('SIGTERM', 10_000));
  const authority = path.join(folder, 'caddy/pki/authorities/local/root.crt');
  const asked = () =>
    ask(https, secure, {
      ca: fs.existsSync(authority) ? fs.readFileSync(authority) : [],
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'gopher' },
    });
  expect(
    await until(
      () =>
        asked().then(
          () => true,
          () => false,
        ),
      60_000,
    ),
    server.printed,
  ).toBe(true);

  const answer = await asked();
  expect(answer.status).toBe(200);
  expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d{7,}/);
  expect(JSON.parse(answer.text)).toMatchObject({
    'x-forwarded-for': expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    'x-forwarded-proto': 'https',
  });
  await expect(ask(https, secure, { ca: [] })).rejects.toThrow(/certificate/);
  const redirected = await ask(http, plain, {});
  expect([redirected.status, redirected.headers.location]).toEqual([
    308,
    expect.stringMatching(/^https:\/\/localhost/),
  ]);
}, 120_000);
