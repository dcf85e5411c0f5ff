import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import fs from 'fs-extra';
import { Tokens } from '../../../src/verify/http/tokens.js';
import { Deployment } from './deployment.js';
import { Traffic } from './traffic.js';

/**
 * Releases images of a project over SSH to this machine, as its pipeline does, and counts which requests fail meanwhile.
 * usage: tsx releases.ts PROJECT PROGRAMS; needs an image of that name, sshd, docker-registry, and the address 127.0.0.1:8080
 */
const [project, programs] = process.argv.slice(2) as [string, string];
const name = path.basename(project);
const place = path.join(path.dirname(project), 'release');
const server = path.join(place, 'server');
const registry = '127.0.0.1:5000';
const deployment = new Deployment(server, programs);
const configuration = path.join(project, 'deploy/nginx.conf');
const poolerFile = path.join(project, 'deploy/pooler/start.sh');

function say(text: string): void {
  console.log(`${name}: ${text}`);
}

/** What a pipeline has in its store of secrets. */
const secrets: Record<string, string> = {};

/** Starts a server for SSH, whose sessions have this Docker, and a registry. */
async function start(): Promise<() => void> {
  const key = async (file: string) => {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(place, file)]);
    return fs.readFileSync(path.join(place, `${file}.pub`), 'utf8').trim();
  };
  const host = await key('host');
  const user = await key('user');
  fs.writeFileSync(path.join(place, 'authorized'), user);
  fs.ensureDirSync('/run/sshd');
  fs.ensureSymlinkSync(
    path.join(programs, 'usr/libexec/docker/cli-plugins/docker-compose'),
    path.join(place, 'docker/cli-plugins/docker-compose'),
  );
  const environment = [
    `DOCKER_HOST=${process.env.DOCKER_HOST}`,
    `DOCKER_CONFIG=${path.join(place, 'docker')}`,
    `PATH=${process.env.PATH}`,
  ];
  const options = {
    HostKey: path.join(place, 'host'),
    AuthorizedKeysFile: path.join(place, 'authorized'),
    StrictModes: 'no',
    PidFile: 'none',
    SetEnv: environment.join(' '),
  };
  fs.writeFileSync(
    path.join(place, 'sshd'),
    Object.entries(options)
      .map(([option, value]) => `${option} ${value}\n`)
      .join(''),
  );
  const sshd = execa('/usr/sbin/sshd', ['-D', '-e', '-p', '2222', '-f', path.join(place, 'sshd')], {
    reject: false,
  });
  const distribution = execa('docker-registry', ['serve', '/etc/docker/registry/config.yml'], {
    env: {
      REGISTRY_HTTP_ADDR: registry,
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: path.join(place, 'registry'),
      REGISTRY_AUTH: 'none',
    },
    reject: false,
  });
  Object.assign(secrets, {
    SERVER: `ssh://root@127.0.0.1:2222${server}`,
    SSH_KEY: path.join(place, 'user'),
    KNOWN_HOSTS: `[127.0.0.1]:2222 ${host}`,
  });
  return () => {
    sshd.kill();
    distribution.kill();
  };
}

/** The image of the project with a change, pushed. @returns its name with the digest */
async function pushed(tag: string, change: string): Promise<string> {
  const image = `${registry}/${name}:${tag}`;
  const container = await deployment.docker('create', `${name}:local`);
  await deployment.docker('commit', '--change', change, container, image);
  await deployment.docker('rm', container);
  await deployment.docker('push', '--quiet', image);
  const digest = await deployment.docker('inspect', '--format', '{{index .RepoDigests 0}}', image);
  await deployment.docker('rmi', image);
  return digest;
}

async function release(image: string, given: Record<string, string> = {}) {
  return execa('deploy/release', [image], {
    cwd: project,
    env: { ...secrets, ...given },
    all: true,
    reject: false,
  });
}

/** Fails unless it ends as it should, and all instances are of an image then. */
async function expectAfter(
  released: Awaited<ReturnType<typeof release>>,
  said: RegExp | undefined,
  image: string,
): Promise<void> {
  if (said ? released.exitCode === 0 || !said.test(released.all) : released.exitCode !== 0)
    throw new Error(
      `a release ends with ${released.exitCode} and not as ${said ?? 'it should'}:\n${released.all}`,
    );
  if (said && !/The version before is back/.test(released.all))
    throw new Error(`a release does not bring everything back:\n${released.all}`);
  const instances = await deployment.containers('api');
  const workers = await deployment.containers('worker');
  const all = [...instances, ...workers];
  const images = await Promise.all(all.map((each) => deployment.inspect(each, '{{.Config.Image}}')));
  if (instances.length < 2 || workers.length < 1 || images.some((each) => each !== image))
    throw new Error(`instead of ${image} there is ${images.join(', ')}`);
  await Promise.all(all.map((each) => deployment.healthy(each)));
  if (deployment.secret('IMAGE') !== image)
    throw new Error(`.env has the image ${deployment.secret('IMAGE')}`);
}

/** The files of a version on the server. */
function files(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const own = names.filter((file) => !/^(next|roll-out\.log$)/.test(file));
  const found = own.filter((file) => fs.statSync(path.join(folder, file)).isFile());
  return Object.fromEntries(found.map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]));
}

/** Ends a release as a pipeline does that is cancelled, and waits until the server has ended it. */
async function cutOff(image: string): Promise<void> {
  const folder = path.join(server, 'before');
  const running = execa('deploy/release', [image], {
    cwd: project,
    env: secrets,
    reject: false,
    detached: true,
    stdio: 'ignore',
  });
  await until(() => fs.existsSync(path.join(folder, 'image')));
  process.kill(-running.pid!, 'SIGKILL');
  await running;
  await until(() => !fs.existsSync(folder));
}

async function until(condition: () => boolean): Promise<void> {
  for (let tried = 0; tried < 1200; tried += 1) {
    if (condition()) return;
    await sleep(200);
  }
  throw new Error(`after four minutes still not: ${condition}`);
}

async function prove(): Promise<void> {
  const first = await pushed('1', 'LABEL version=1');
  const second = await pushed('2', 'LABEL version=2');
  const failing: [string, string, RegExp][] = [
    ['whose migrations fail', await pushed('3', 'ENTRYPOINT ["false"]'), /./],
    ['that ends at once', await pushed('4', 'CMD ["false"]'), /instance of .* did not become healthy/],
    [
      'that is not healthy',
      await pushed('5', 'HEALTHCHECK --interval=1s --retries=1 CMD test "$PORT" != 3000'),
      /instance of .* did not become healthy/,
    ],
    [
      'whose workers are not healthy',
      await pushed('6', 'HEALTHCHECK --interval=1s --retries=1 CMD test "$PORT" = 3000'),
      /worker.* is unhealthy/,
    ],
  ];

  const without = await release(first);
  if (without.exitCode === 0 || !/no .*\/\.env on the server/.test(without.all))
    throw new Error(`a server without .env: ${without.all}`);
  const other = await release(first, { KNOWN_HOSTS: secrets.KNOWN_HOSTS!.replace(/.{20}$/, 'A'.repeat(20)) });
  if (other.exitCode === 0 || !/verification failed/.test(other.all))
    throw new Error(`a server with another key: ${other.all}`);
  fs.copySync(path.join(project, '.env'), path.join(server, '.env'));
  // How busy this machine is, is not what is proven here.
  fs.appendFileSync(path.join(server, '.env'), 'REQUEST_TIMEOUT_MS=9000\nDB_ACQUIRE_TIMEOUT_MS=4000\n');
  await expectAfter(await release(first), undefined, first);
  say('the first release starts all of it');

  const tokens = new Tokens(deployment.secret('JWT_PRIVATE_KEY').replaceAll('\\n', '\n'), name, name);
  const token = tokens.issue('admin', 'a7e0a3a2-5f0e-4f43-9b43-4ff2cf4d7f01');
  const body = (unique: string) => ({ name: unique, price: '9.99', status: 'active' });
  const load = new Traffic(deployment.url, `Bearer ${token}`, body, 10);
  try {
    const expectNone = (what: string) => {
      const failures = load.take();
      const lines = failures.map(
        ({ method, sent, reason }) => `  ${method} ${Math.round(sent)} ms: ${reason}`,
      );
      if (failures.length > 0)
        throw new Error([`requests failed during ${what}`, ...lines.slice(0, 10)].join('\n'));
      say(`no request failed during ${what}`);
    };
    const [balancer] = await deployment.containers('balancer');
    const started = await deployment.inspect(balancer!, '{{.State.StartedAt}}');
    await expectAfter(await release(second), undefined, second);
    expectNone('a release');
    for (const [what, image, said] of failing) {
      await expectAfter(await release(image), said, second);
      expectNone(`a release of an image ${what}`);
    }

    const text = fs.readFileSync(configuration, 'utf8');
    const changed = (value: string) =>
      text.replace('listen 8080', `add_header Changed ${value} always;\n    listen 8080`);
    const expectChanged = async (value: string) => {
      const { headers } = await fetch(`${deployment.url}/livez`);
      const again = await deployment.inspect(balancer!, '{{.State.StartedAt}}');
      if (headers.get('changed') !== value || again !== started)
        throw new Error(
          `the balancer, started at ${again} after ${started}, has "${headers.get('changed')}", not "${value}"`,
        );
    };
    fs.writeFileSync(configuration, text.replace('server_tokens off;', 'server_tokens of;'));
    const refused = await release(first);
    if (refused.exitCode === 0 || !/test failed/.test(refused.all))
      throw new Error(`a wrong configuration of the balancer: ${refused.all}`);
    fs.writeFileSync(configuration, changed('once'));
    await expectAfter(await release(second), undefined, second);
    await expectChanged('once');
    say('the balancer sees a changed configuration without a restart, and refuses a wrong one');

    const before = files(server);
    fs.writeFileSync(configuration, changed('twice'));
    await expectAfter(await release(failing[0]![1]), /./, second);
    await expectChanged('once');
    const pooler = fs.readFileSync(poolerFile, 'utf8');
    fs.writeFileSync(poolerFile, 'exit 1\n');
    fs.writeFileSync(path.join(project, 'deploy/pooler/added'), '');
    await expectAfter(await release(first), /pooler.*(unhealthy|exited|restarting)/i, second);
    fs.writeFileSync(poolerFile, pooler);
    fs.removeSync(path.join(project, 'deploy/pooler/added'));
    for (const each of await deployment.containers('pooler')) await deployment.healthy(each);
    assert.deepEqual(files(server), before);
    say('a release that fails brings back the files and the services of the version before');
    load.take();

    fs.writeFileSync(configuration, changed('thrice'));
    await cutOff(failing[2]![1]);
    await expectChanged('once');
    assert.deepEqual(files(server), before);
    expectNone('a release whose connection is lost, which ends as any other');
    fs.writeFileSync(configuration, text);
  } finally {
    await load.stop();
  }
}

fs.ensureDirSync(server);
const stop = await start();
try {
  await prove();
} catch (error) {
  console.error(`${name}: ${(error as Error).message}`);
  const logs = await deployment.compose('logs', '--tail', '2000', 'api', 'balancer').catch(String);
  console.error(
    logs
      .split('\n')
      .filter((line) => !/"status":[1-4]/.test(line))
      .join('\n'),
  );
  process.exitCode = 1;
} finally {
  await deployment.down().catch(String);
  stop();
}
