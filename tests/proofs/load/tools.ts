import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { type Requirement, uv } from '../../requirements.js';

const cache = path.join(os.homedir(), '.cache');
const images = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../../templates/versions/Dockerfile'),
  'utf8',
);

/** A load generator, in the version that projects name. */
export interface Tool {
  /** As the axis names it. */
  name: string;
  /** Exit code when a limit is exceeded. */
  exceeded: number;
  requirement?: Requirement;
  /** What comes before the file of a load. */
  command: string[];
  /** How the file of a load ends. */
  ending: string;
  env?: Record<string, string>;
}

export function versionOf(tool: string): string {
  return new RegExp(`^FROM \\S+:(\\S+) AS ${tool}$`, 'm').exec(images)![1]!;
}

const tsx = path.resolve(import.meta.dirname, '../../../node_modules/.bin/tsx');
const npm = path.join(cache, 'ci-npm-load');
const bin = path.join(npm, 'node_modules/.bin');

export const tools: readonly Tool[] = [
  {
    name: 'k6',
    exceeded: 99,
    // k6 itself is under the AGPL: a runner of what its scripts use stands in for it.
    command: [tsx, path.join(import.meta.dirname, 'k6/main.ts')],
    ending: '.js',
  },
  {
    name: 'artillery',
    exceeded: 1,
    requirement: { name: 'artillery (npm)', provide: installArtillery },
    command: [path.join(bin, 'artillery'), 'run'],
    ending: '.js',
    env: { PATH: `${bin}:${process.env.PATH}` },
  },
  {
    name: 'locust',
    exceeded: 99,
    requirement: uv,
    command: [
      ...['uvx', '--quiet', '--python=3.11', '--from', `locust==${versionOf('locust')}`],
      ...['locust', '--headless', '--only-summary', '--locustfile'],
    ],
    ending: '.py',
  },
];

/** Installs Artillery with a Node.js that it supports. */
async function installArtillery(): Promise<void> {
  fs.outputJsonSync(path.join(npm, 'package.json'), { private: true });
  const options = ['--silent', '--no-audit', '--no-fund', '--prefer-offline'];
  await execa('npm', ['install', ...options, 'node@24.19.0', `artillery@${versionOf('artillery')}`], {
    cwd: npm,
    env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  });
}
