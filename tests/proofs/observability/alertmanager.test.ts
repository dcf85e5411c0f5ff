import { once } from 'node:events';
import http from 'node:http';
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
import { debian, type Requirement, requires, root } from '../../requirements.js';

const programs = path.join(os.homedir(), '.cache/ci-alertmanager');
const start = path.resolve(
  import.meta.dirname,
  '../../../templates/observability/files/observability/alertmanager/start.sh',
);
const folder = scratchFolder('alertmanager');

/** Unpacked and not installed: it would start a service. */
const alertmanager: Requirement = {
  name: 'prometheus-alertmanager (Debian)',
  async provide() {
    const name = path.join(programs, 'alertmanager');
    if (fs.existsSync(name)) return;
    fs.ensureDirSync(programs);
    await execa('apt-get', ['download', '-qq', 'prometheus-alertmanager'], { cwd: programs });
    const file = fs.readdirSync(programs).find((each) => each.endsWith('.deb'))!;
    await execa('dpkg', ['-x', file, '.'], { cwd: programs });
    fs.removeSync(path.join(programs, file));
    // Debian's build reads its templates from there.
    const templates = 'usr/share/prometheus/alertmanager';
    fs.copySync(path.join(programs, templates), path.join('/', templates));
    fs.ensureSymlinkSync(path.join(programs, 'usr/bin/prometheus-alertmanager'), name);
  },
};

requires(root, debian('shellcheck'), alertmanager);

afterAll(() => fs.removeSync(folder));

const environment = { PATH: `${programs}:${process.env.PATH}` };

/** A server that keeps which alerts it was told, by the path it was told them at. */
async function receiver(): Promise<{ url: string; told: Record<string, string[]> }> {
  const told: Record<string, string[]> = {};
  const server = http.createServer(async (request, response) => {
    const { alerts } = JSON.parse((await request.setEncoding('utf8').toArray()).join(''));
    const names = alerts.map(({ labels }: { labels: { alertname: string } }) => labels.alertname);
    told[request.url!] = [...(told[request.url!] ?? []), ...names];
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, told };
}

test('critical alerts reach the receiver at once, and the watchdog its own', async () => {
  const { url, told } = await receiver();
  const port = await freePort();
  const options = [
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    `--storage.path=${folder}/data`,
  ];
  const server = new ServerProcess(
    'sh',
    [start, path.join(folder, 'alertmanager.yml'), ...options],
    {},
    {
      ...environment,
      ALERT_RECEIVER: `${url}/team`,
      ALERT_WATCHDOG: `${url}/watchdog`,
    },
  );
  onTestFinished(() => server.stop('SIGTERM', 10_000));
  const tell = () =>
    fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        ['critical', 'warning', 'none'].map((severity) => ({
          labels: { alertname: `Api-${severity}`, job: 'shop', severity },
        })),
      ),
    }).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await until(tell, 30_000), server.printed).toBe(true);
  await expect
    .poll(() => told, { timeout: 60_000, interval: 500 })
    .toEqual({
      '/team': ['Api-critical'],
      '/watchdog': ['Api-none'],
    });
}, 120_000);

test.each([
  'https://hooks.slack.com/services/T0/B0/x',
  "smtp://api@example.com:it's @/: a word@mail.example.com:587/team@example.com",
  '',
])('Alertmanager takes the configuration for %s', async (ALERT_RECEIVER) => {
  const file = path.join(folder, 'checked.yml');
  const fake = path.join(folder, 'bin');
  fs.outputFileSync(path.join(fake, 'alertmanager'), '#!/bin/sh\n', { mode: 0o755 });
  await execa('sh', [start, file], { env: { PATH: `${fake}:${process.env.PATH}`, ALERT_RECEIVER } });
  await execa(path.join(programs, 'usr/bin/amtool'), ['check-config', file]);
});

test('what is no receiver is refused, and shellcheck finds nothing', async () => {
  const { exitCode, all } = await execa('sh', [start, path.join(folder, 'never.yml')], {
    env: { ...environment, ALERT_RECEIVER: 'team@example.com' },
    all: true,
    reject: false,
  });
  expect([exitCode, all]).toEqual([1, expect.stringContaining('ALERT_RECEIVER must be')]);
  await execa('shellcheck', [start]);
});
