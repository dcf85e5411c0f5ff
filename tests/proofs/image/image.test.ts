import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, expect, onTestFailed, test } from 'vitest';
import { readProject } from '../../../src/verify/cluster/project.js';
import { until } from '../../../src/verify/http/waiting.js';
import { freePort } from '../../../src/verify/proxies/ports.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { debian, requires, uv } from '../../requirements.js';
import { builderPrograms, ImageBuilder } from './builder.js';
import { Podman } from './podman.js';

const frameworks = ['fastify', 'express', 'fastapi'];
const choices = { database: 'sqlite', cache: 'memory', auth: 'none', ci: 'none', deploy: 'none' };
const folder = scratchFolder('image');
let builder: ImageBuilder;
let podman: Podman | undefined;

const prepare = requires(...builderPrograms, debian('podman', 'runc'), uv);

prepare(async () => {
  builder = await ImageBuilder.create(folder);
  podman = await Podman.create(folder, builder.driver);
  await builder.makeBase('node');
  await builder.makeBase('python');
});

afterAll(async () => {
  await podman?.removeAll();
  // Layers are mounted while one of them is in use.
  await execa('rm', ['-rf', folder]);
});

/** Settings of a container, with a volume that its user may write to. */
function options(name: string, port: number, management: number): string[] {
  const data = path.join(folder, `data-${name}`);
  fs.ensureDirSync(data);
  fs.chownSync(data, 1000, 1000);
  const env = {
    HOST: '127.0.0.1',
    PORT: port,
    MANAGEMENT_PORT: management,
    CURSOR_SECRET: randomBytes(32).toString('base64'),
    DATABASE_URL: 'file:/data/app.db',
    DRAIN_DELAY_MS: 200,
  };
  const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  return ['--volume', `${data}:/data`, ...variables];
}

describe.each(frameworks)('%s', (framework) => {
  const image = `${framework}:1`;
  let project: string;

  test('its image is built', async () => {
    project = await makeProject(folder, framework, { framework, ...choices });
    // As a checkout has it whose owner lets nobody else read it.
    await execa('chmod', ['-R', 'go-rwx', project]);
    await builder.build(image, project);
    console.log(`${framework}: an image of ${await builder.size(image)}`);
  });

  test('it serves without root, with a read-only root file system, and exits with 0 after SIGTERM', async () => {
    const run = podman!;
    const port = await freePort();
    const given = options(framework, port, await freePort());
    await run.run(image, given, readProject(project).migrateCommand);
    await run.start(framework, image, given);
    onTestFailed(async () => console.error(await run.logs(framework)));
    const url = `http://127.0.0.1:${port}`;
    const answers = (path: string) =>
      fetch(url + path).then(
        ({ ok }) => ok,
        () => false,
      );
    expect(await until(() => answers('/readyz'), 30_000)).toBe(true);
    expect(await answers('/livez')).toBe(true);
    expect(Number(await run.execute(framework, 'id', '-u'))).toBeGreaterThan(0);
    const health = await run.healthCheck(image);
    expect(health.join(' ')).not.toMatch(/\b(node|python)\b/);
    await run.execute(framework, ...health);
    await expect(run.execute(framework, 'env', 'PORT=1', ...health)).rejects.toThrow(/refused/);
    for (const unneeded of ['npm', 'npx', 'corepack', 'pip', 'pip3'])
      await expect(run.execute(framework, 'sh', '-c', `command -v ${unneeded}`)).rejects.toThrow();
    await expect(run.execute(framework, 'sh', '-c', 'echo >/app/written')).rejects.toThrow(
      /Read-only|denied/,
    );
    for (let request = 0; request < 50; request += 1) expect(await answers('/v1/products')).toBe(true);
    console.log(`${framework}: ${await run.memory(framework)}`);
    expect(await run.stop(framework)).toBe(0);
    expect(await run.logs(framework)).toContain('"stopped"');
  });
});
