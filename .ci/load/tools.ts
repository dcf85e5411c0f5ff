import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

const cache = path.join(os.homedir(), '.cache');
const images = fs.readFileSync('templates/versions/Dockerfile', 'utf8');

/** How a load test is run, by the name of the tool. */
export interface Tool {
  /** Exit code when a limit is not held. */
  notHeld: number;
  /** Installs it in the version that projects name. Returns what comes before the file of a load, and what that ends in. */
  install(): Promise<{ command: string[]; ending: string; env?: Record<string, string> }>;
}

export const tools: Record<string, Tool> = {
  k6: {
    notHeld: 99,
    async install() {
      return { command: [await builtK6(), 'run', '--no-usage-report'], ending: '.js' };
    },
  },
  artillery: {
    notHeld: 1,
    async install() {
      const bin = await installedArtillery();
      const env = { PATH: `${bin}:${process.env.PATH}` };
      return { command: [path.join(bin, 'artillery'), 'run'], ending: '.js', env };
    },
  },
  locust: {
    notHeld: 99,
    async install() {
      const from = `locust==${versionOf('locust')}`;
      const command = ['uvx', '--quiet', '--python=3.11', '--from', from, 'locust', '--headless'];
      return { command: [...command, '--only-summary', '--locustfile'], ending: '.py' };
    },
  },
};

function versionOf(tool: string): string {
  return new RegExp(`^FROM \\S+:(\\S+) AS ${tool}$`, 'm').exec(images)![1]!;
}

/** Built from its module. */
async function builtK6(): Promise<string> {
  const version = versionOf('k6');
  const program = path.join(cache, `ci-go/k6-v${version}`);
  if (fs.existsSync(program)) return program;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'k6-'));
  try {
    const module = `go.k6.io/k6/v${version.split('.')[0]}`;
    fs.writeFileSync(
      path.join(folder, 'go.mod'),
      `module tools\n\ngo 1.25\n\nrequire ${module} v${version}\n`,
    );
    await execa('go', ['build', '-mod=mod', '-o', program, module], { cwd: folder });
    return program;
  } finally {
    fs.removeSync(folder);
  }
}

/** With a Node.js that it supports. */
async function installedArtillery(): Promise<string> {
  const folder = path.join(cache, 'ci-npm-load');
  fs.outputJsonSync(path.join(folder, 'package.json'), { private: true });
  await execa(
    'npm',
    [
      ...['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline'],
      ...['node@24.19.0', `artillery@${versionOf('artillery')}`],
    ],
    { cwd: folder, env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' } },
  );
  return path.join(folder, 'node_modules/.bin');
}
