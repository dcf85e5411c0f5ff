// Projects run as functions, by way of AWS' own adapter and a stand-in for what calls it: npx tsx .ci/lambda
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { Passed } from '../../tests/passed.js';
import { prove } from './prove.js';

const root = path.resolve(import.meta.dirname, '../..');
const combination = (framework: string) => ({
  choices: { framework, database: 'postgresql', cache: 'redis', auth: 'jwt', ci: 'none', deploy: 'lambda' },
});
const passed = new Passed(
  'lambda',
  ['.ci/lambda', 'src/verify'],
  /^(certificates|docs|load|observability|tests)\/|^deploy\/terraform\/(?!settings\.tf$)|\.md$/,
);

/** The adapter in the version of the image, made from its sources. */
async function adapter(): Promise<string> {
  const images = fs.readFileSync(path.join(root, 'templates/versions/Dockerfile'), 'utf8');
  const version = /^FROM \S+:(\S+) AS lambda-adapter$/m.exec(images)![1]!;
  const folder = path.join(os.homedir(), '.cache/ci-lambda', version);
  const program = path.join(folder, 'bin/lambda-adapter');
  if (!fs.existsSync(program))
    await execa(
      'cargo',
      ['install', '--quiet', '--locked', '--root', folder, '--version', version, 'lambda_web_adapter'],
      { stdio: 'inherit' },
    );
  return program;
}

const left = ['fastify', 'fastapi'].map(combination).filter((one) => !passed.has(one));
if (left.length > 0) {
  const packages = ['pgbouncer', 'redis-server'];
  await execa('apt-get', [
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    '-o',
    'DPkg::Lock::Timeout=300',
    ...packages,
  ]);
  const program = await adapter();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ci-lambda-'));
  // Servers that root starts as another user need a way to their programs.
  fs.chmodSync(folder, 0o755);
  try {
    for (const one of left) {
      const name = one.choices.framework;
      const flags = Object.entries(one.choices).map(([axis, value]) => `--${axis}=${value}`);
      await execa('node', [path.join(root, 'dist/cli.js'), name, '--yes', '--no-git', ...flags], {
        cwd: folder,
      });
      await prove(path.join(folder, name), program);
      passed.record(one);
    }
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
