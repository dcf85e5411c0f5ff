import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

const root = path.resolve(import.meta.dirname, '../..');
/** The built command line. */
export const cli = path.join(root, 'dist/cli.js');

/** Choices of a project, by axis. */
export type Choices = {
  framework: string;
  database: string;
  cache: string;
  auth: string;
  queue: string;
};

/** The first is the one that the others are compared with. */
export const frameworks = ['fastify', 'express', 'fastapi'];
export const shared = { database: 'postgresql', cache: 'redis', auth: 'jwt', queue: 'redis' };
const single = { database: 'sqlite', cache: 'memory', auth: 'none', queue: 'none' };

/** With the other database server, which has no queue. */
const inMysql = { database: 'mysql', cache: 'redis', auth: 'jwt', queue: 'none' };

/** What every row has to hold for. */
export const wholes: readonly Choices[] = [
  ...frameworks.flatMap((framework) => [
    { framework, ...shared },
    { framework, ...single },
  ]),
  { framework: 'fastify', ...inMysql },
];

/** Whose tokens come from an issuer, which `verify` runs. */
export const issued: readonly Choices[] = frameworks.map((framework) => ({
  framework,
  ...shared,
  auth: 'oidc',
}));

/** Callers with API keys: every framework has its own. */
export const keyed: readonly Choices[] = frameworks.map((framework) => ({
  framework,
  ...shared,
  auth: 'api-key',
}));

/** What the quick rows have to hold for as well. */
export const others: readonly Choices[] = [
  { framework: 'fastify', ...shared, auth: 'none', queue: 'none' },
  { framework: 'fastify', ...single, auth: 'jwt' },
  { framework: 'express', ...inMysql, cache: 'memory', auth: 'api-key' },
  ...issued,
  ...keyed,
  ...frameworks.map((framework) => ({ framework, ...single, auth: 'api-key' })),
];

/** A replacement in a file of a project. */
export interface Change {
  file: string;
  from: string | RegExp;
  to: string;
}

/** Projects made and built from the package as it stands. */
export class Projects {
  /** Other users may enter: a database that root starts as one of them has its programs there. */
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'contract-'));

  /**
   * @param made the projects to make
   * @param resources of each; the sample when there are none
   * @param command that makes them; it takes the framework alone when it is not the usual one
   */
  constructor(
    made: readonly Choices[],
    private readonly resources: readonly string[] = [],
    private readonly command: readonly string[] = [],
  ) {
    fs.chmodSync(this.folder, 0o755);
    for (const choices of made) this.#make(choices);
    const inNode = made.filter((choices) => fs.existsSync(path.join(this.of(choices), 'package.json')));
    if (inNode.length > 0) this.#installTogether(inNode);
    for (const choices of made) {
      const { commands } = fs.readJsonSync(path.join(this.of(choices), '.scalable-api.json')).run;
      if (!inNode.includes(choices)) this.#run(choices, commands.install);
      this.#run(choices, commands.build);
    }
  }

  /** One installation for all projects of Node.js: that of all their packages together. */
  #installTogether(made: readonly Choices[]): void {
    const manifests = made.map((choices) => fs.readJsonSync(path.join(this.of(choices), 'package.json')));
    const all = (kind: string) => Object.assign({}, ...manifests.map((manifest) => manifest[kind]));
    fs.outputJsonSync(path.join(this.folder, 'package.json'), {
      private: true,
      dependencies: all('dependencies'),
      devDependencies: all('devDependencies'),
    });
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund'], {
      cwd: this.folder,
      stdio: 'pipe',
    });
    for (const choices of made)
      fs.ensureSymlinkSync(
        path.join(this.folder, 'node_modules'),
        path.join(this.of(choices), 'node_modules'),
      );
  }

  #run(choices: Choices, command: string): void {
    const [file, ...args] = command.split(' ');
    execFileSync(file!, args, { cwd: this.of(choices), stdio: 'pipe' });
  }

  /** The folder of a project. */
  of(choices: Choices): string {
    return path.join(this.folder, Object.values(choices).join('-'));
  }

  /** The folder of a copy of a built project in which a file is changed. @throws Error unless `from` is there once */
  changed(choices: Choices, name: string, change: Change): string {
    const folder = this.copy(choices, name);
    fs.writeFileSync(path.join(folder, change.file), this.#textWith(choices, change));
    return folder;
  }

  /** The folder of a copy of a built project, which shares its packages. */
  copy(choices: Choices, name: string): string {
    const folder = path.join(this.folder, name);
    const original = this.of(choices);
    const installed = ['node_modules', '.venv'];
    fs.copySync(original, folder, { filter: (file) => !installed.includes(path.basename(file)) });
    for (const packages of installed)
      if (fs.existsSync(path.join(original, packages)))
        fs.ensureSymlinkSync(path.join(original, packages), path.join(folder, packages));
    return folder;
  }

  /** @throws Error unless `from` is there once */
  #textWith(choices: Choices, { file, from, to }: Change): string {
    const text = fs.readFileSync(path.join(this.of(choices), file), 'utf8');
    const places =
      typeof from === 'string'
        ? text.split(from).length - 1
        : [...text.matchAll(new RegExp(from, `g${from.flags}`))].length;
    if (places !== 1) throw new Error(`${file} has ${places} places like ${from}, not one`);
    return typeof from === 'string' ? text.replace(from, () => to) : text.replace(from, to);
  }

  /** @returns a sentence for each change that does not fit the project */
  misfits(choices: Choices, changes: readonly Change[]): string[] {
    return changes.flatMap((change) => {
      try {
        this.#textWith(choices, change);
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
  }

  remove(): void {
    fs.removeSync(this.folder);
  }

  #make(choices: Choices): void {
    const usual = this.command.length === 0;
    const axes = Object.entries(choices).filter(([axis]) => usual || axis === 'framework');
    const flags = axes.flatMap(([axis, value]) => [`--${axis}`, value]);
    const specs = this.resources.flatMap((spec) => ['--resource', spec]);
    const args = [
      this.of(choices),
      '--yes',
      '--no-install',
      ...(usual ? ['--no-git'] : []),
      ...flags,
      ...specs,
    ];
    execFileSync('node', [cli, ...this.command, ...args], { stdio: 'pipe' });
  }
}

/** Arguments of `verify` that put the load balancer of a project before it, where rows are left to one. */
export function balanced(project: string): string[] {
  const { leftToBalancer } = fs.readJsonSync(path.join(project, '.scalable-api.json')).run;
  return leftToBalancer.length > 0 ? ['--balancer', `sh ${path.join(import.meta.dirname, 'nginx.sh')}`] : [];
}

/** What `verify --json` says, as far as tests read it. */
export interface Verified {
  code: number | undefined;
  /** Ids of rows by what became of them. */
  passed: string[];
  failed: string[];
  notApplicable: string[];
  leftToBalancer: string[];
  /** What was printed beside the report. */
  output: string;
}

/** Runs `verify` as a user would. */
export async function verify(
  target: string,
  args: string[],
  env: Record<string, string | undefined> = {},
): Promise<Verified> {
  const { exitCode, stdout, stderr } = await execa('node', [cli, 'verify', target, '--json', ...args], {
    env: { NODE_OPTIONS: '', VITEST: '', ...env },
    reject: false,
  });
  const rows: { id: string; outcome: string }[] = stdout === '' ? [] : (JSON.parse(stdout).rows ?? []);
  const ids = (outcome: string) => rows.filter((row) => row.outcome === outcome).map(({ id }) => id);
  return {
    code: exitCode,
    passed: ids('passed'),
    failed: ids('failed'),
    notApplicable: ids('not-applicable'),
    leftToBalancer: ids('left-to-balancer'),
    output: stderr.slice(-8000),
  };
}
