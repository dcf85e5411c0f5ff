import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { beforeAll, beforeEach } from 'vitest';

const pythonVersions = path.resolve(import.meta.dirname, '../templates/versions/requirements.txt');

/** Something that a suite needs from the machine. */
export interface Requirement {
  /** As it is named to the reader. */
  name: string;
  /** Checks that it is there, or installs it. @throws Error where this machine cannot have it */
  provide(): Promise<unknown>;
}

/** Debian packages; installs those that are missing. */
export function debian(...packages: string[]): Requirement {
  return {
    name: `${packages.join(', ')} (Debian)`,
    async provide() {
      const installed = await Promise.all(packages.map(isInstalled));
      const missing = packages.filter((_, place) => !installed[place]);
      if (missing.length === 0) return;
      const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
      const command = [
        ...(process.getuid?.() === 0 ? [] : ['sudo']),
        'apt-get',
        'install',
        ...options,
        ...missing,
      ];
      await execa(command[0]!, command.slice(1), { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    },
  };
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await execa('dpkg', ['--status', name], { reject: false });
  return /^Status: install ok installed$/m.test(stdout);
}

/** A program on PATH. */
export function program(name: string): Requirement {
  return { name, provide: () => execa('which', [name]) };
}

/** What installs Python projects, in the version that they are made for; on PATH afterwards. */
export const uv: Requirement = {
  name: 'uv (PyPI)',
  async provide() {
    if (!(await execa('uv', ['--version'], { reject: false })).failed) return;
    const folder = path.join(os.homedir(), '.cache/ci-uv');
    const [version] = /^uv==.*$/m.exec(fs.readFileSync(pythonVersions, 'utf8'))!;
    await execa('python3', ['-m', 'venv', folder]);
    await execa(path.join(folder, 'bin/pip'), ['install', '--quiet', version]);
    process.env.PATH = `${path.join(folder, 'bin')}:${process.env.PATH}`;
  },
};

/** The server and the clients of MySQL, which Debian has in unstable only; on PATH afterwards. */
export const mysql: Requirement = {
  name: 'mysql-server-core, mysql-client-core (Debian unstable)',
  async provide() {
    if (!(await execa('mysqld', ['--version'], { reject: false })).failed) return;
    // As root, the server runs as another user, who may not enter root's home.
    const folder = path.join(os.tmpdir(), 'ci-mysql');
    const libraries =
      'libc6 libgcc-s1 libstdc++6 libssl3t64 libzstd1 liblz4-1 zlib1g liblzma5 libedit2 libtinfo6 libbsd0 libmd0 libicu78 libunwind8 libgoogle-perftools4t64 libprotobuf-lite32t64 libaio1t64 libnuma1';
    await execa('bash', [
      path.join(import.meta.dirname, 'unstable.sh'),
      folder,
      'mysqld,mysql,mysqladmin,mysqldump',
      'mysql-server-core',
      'mysql-client-core',
      ...libraries.split(' '),
    ]);
    process.env.PATH += `:${path.join(folder, 'bin')}`;
  },
};

/** What makes requests from an OpenAPI document; on PATH afterwards. */
export const schemathesis: Requirement = {
  name: 'schemathesis (PyPI)',
  async provide() {
    const folder = path.join(os.homedir(), '.cache/ci-schemathesis');
    await execa('python3', ['-m', 'venv', folder]);
    await execa(path.join(folder, 'bin/pip'), ['install', '--quiet', 'schemathesis==4.32.5']);
    process.env.PATH += `:${path.join(folder, 'bin')}`;
  },
};

/** Root, which some programs ask for. */
export const root: Requirement = {
  name: 'root',
  async provide() {
    if (process.getuid?.() !== 0) throw new Error('the tests run as another user');
  },
};

/**
 * Call it in a test file or a describe: provides the requirements before the first test. Where the machine lacks one, the
 * tests are skipped with the reason; with `STRICT=1` they fail.
 * @returns a `beforeAll` that runs only where nothing is missing
 */
export function requires(...requirements: readonly Requirement[]): (prepare: () => Promise<unknown>) => void {
  let reason: string | undefined;
  beforeAll(async () => {
    for (const { name, provide } of requirements)
      try {
        await provide();
      } catch (error) {
        reason = `needs ${name}: ${firstLines(error as Error)}`;
        if (process.env.STRICT) throw new Error(reason, { cause: error });
        return;
      }
  });
  beforeEach(({ skip }) => {
    if (reason) skip(reason);
  });
  return (prepare) =>
    beforeAll(async () => {
      if (!reason) await prepare();
    });
}

function firstLines({ message }: Error): string {
  return message.split('\n').slice(0, 2).join(' ').slice(0, 200);
}
