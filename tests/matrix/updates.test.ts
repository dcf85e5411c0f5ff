import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { scratchFolder } from '../command-line.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const folder = scratchFolder('updates');

afterAll(() => fs.removeSync(folder));

const branch = 'create-scalable-api-0.4.0';
const token = 'a token for the push of an update';
const plan = (clash: string[]) => JSON.stringify({ ok: true, from: '0.3.0', to: '0.4.0', files: { clash } });

/** What the made-up programs do. */
interface Behaviour {
  /** What package.json says of the program; it is not installed without. */
  installed?: string;
  /** Exit code of `update --check`. */
  check?: number;
  clash?: string[];
  /** Exit code of the tests of the project. */
  tests?: number;
}

interface Ran {
  status: number | null;
  stdout: string;
}

let count = 0;

/** A project in a repository with an origin, and made-up programs that log their calls. */
class Checkout {
  readonly #place = path.join(folder, String(count++));
  readonly root = path.join(this.#place, 'shop');
  readonly origin = path.join(this.#place, 'origin.git');
  readonly pushOptions = path.join(this.#place, 'push-options');
  readonly #bin = path.join(this.#place, 'bin');
  readonly #log = path.join(this.#place, 'log');
  readonly #files;

  constructor(ci: string, { installed, check = 3, clash = [], tests = 0 }: Behaviour) {
    this.#files = render(resolvedWith(catalog, { framework: 'fastify', ci }), '0.3.0');
    for (const file of ['.ci/update', '.gitignore', '.scalable-api.json', 'README.md', 'package.json']) {
      const { text, executable } = this.#files.get(file)!;
      fs.outputFileSync(path.join(this.root, file), text, { mode: executable ? 0o755 : 0o644 });
    }
    if (installed !== undefined) {
      const manifest = path.join(this.root, 'package.json');
      const content = fs.readJsonSync(manifest);
      content.devDependencies['create-scalable-api'] = installed;
      fs.writeJsonSync(manifest, content, { spaces: 2 });
      this.#program(
        'shop/node_modules/.bin/create-scalable-api',
        `case "$*" in
          'update --check --allow-dirty --json') echo '${plan(clash)}'; exit ${check} ;;
          'update --allow-dirty --json') echo merged >> README.md; echo added > added.txt; mkdir -p .cache; echo junk > .cache/junk ;;
          'verify --quick') ;;
          *) exit 9 ;;
        esac`,
      );
    }
    // Tests leave files, which no update is to have.
    this.#program('bin/npm', `case "$*" in test) echo left > left.txt; exit ${tests} ;; esac`);
    // One that is open is listed; `refuses` has the next one refused.
    this.#program(
      'bin/gh',
      `cd ${this.#place}
      case "$*" in
        'pr list'*) if [ -e opened ]; then echo 1; fi ;;
        'pr create'*) if [ -e refuses ]; then rm refuses; exit 1; fi; touch opened ;;
      esac`,
    );
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('add', '--all');
    this.git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '--quiet', '-m', 'first');
    this.git('clone', '--quiet', '--bare', '.', this.origin);
    this.git('remote', 'add', 'origin', this.origin);
    this.gitOf(this.origin, 'config', 'receive.advertisePushOptions', 'true');
    fs.outputFileSync(
      path.join(this.origin, 'hooks/post-receive'),
      `#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_ | sort > ${this.pushOptions}\n`,
      { mode: 0o755 },
    );
  }

  #program(file: string, lines: string): void {
    const text = `#!/bin/sh\necho "${path.basename(file)} $*" >> ${this.#log}\n${lines}\n`;
    fs.outputFileSync(path.join(this.#place, file), text, { mode: 0o755 });
  }

  refuseRequests(): void {
    fs.outputFileSync(path.join(this.#place, 'refuses'), '');
  }

  gitOf(cwd: string, ...args: string[]): string {
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  }

  git(...args: string[]): string {
    return this.gitOf(this.root, ...args);
  }

  text(file: string): string {
    return this.#files.get(file)!.text;
  }

  /** The calls of programs so far. */
  calls(): string[] {
    return fs.existsSync(this.#log) ? fs.readFileSync(this.#log, 'utf8').trim().split('\n') : [];
  }

  run(lines: string, env: Record<string, string> = {}, cwd = this.root): Ran {
    const { status, stdout } = spawnSync('bash', ['-ec', lines], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${this.#bin}:${process.env.PATH}`, ...env },
    });
    return { status, stdout };
  }

  /** Another checkout of the main branch, as a job of its own has it. */
  fresh(): string {
    const place = path.join(this.#place, `fresh-${count++}`);
    this.git('clone', '--quiet', this.origin, place);
    return place;
  }
}

describe('the script', () => {
  const made = (behaviour: Behaviour) => {
    const checkout = new Checkout('gitlab', behaviour);
    return { checkout, ...checkout.run('.ci/update') };
  };
  const message = ({ root }: Checkout) => path.join(root, '.cache/update/message');

  test('says how to add the program where it is missing, and calls nothing', () => {
    const { checkout, status, stdout } = made({});
    expect(status).toBe(0);
    expect(stdout).toBe(
      'No updates: create-scalable-api is not in the lock file. Add it: npm install --save-dev create-scalable-api@0.3.0\n',
    );
    expect(checkout.calls()).toEqual([]);
    expect(fs.existsSync(message(checkout))).toBe(false);
  });

  test('does nothing where there is no update', () => {
    const { checkout, status } = made({ installed: '0.4.0', check: 0 });
    expect(status).toBe(0);
    expect(checkout.calls()).toEqual([
      'npm install --save-dev create-scalable-api@latest',
      'create-scalable-api update --check --allow-dirty --json',
    ]);
    expect(fs.existsSync(message(checkout))).toBe(false);
  });

  test.each(['file:../generator', 'https://example.com/generator.tgz'])(
    'does not replace %s',
    (installed) => {
      const { checkout } = made({ installed, check: 0 });
      expect(checkout.calls().filter((call) => call.startsWith('npm'))).toEqual([]);
    },
  );

  test('merges, and says how each check went', () => {
    const { checkout, status } = made({ installed: '0.3.0', tests: 1 });
    expect(status).toBe(0);
    expect(checkout.calls()).not.toContain('npm test');
    const { stdout } = checkout.run('.ci/update check');
    const text = fs.readFileSync(message(checkout), 'utf8');
    expect(stdout).toBe(text);
    expect(text).toMatch(/^build: update create-scalable-api from 0\.3\.0 to 0\.4\.0\n\n/);
    expect(text).toMatch(/\n- lint: passed\n- types: passed\n- tests: failed\n- verify --quick: passed\n$/);
  });

  test('lists files that clash, and writes nothing', () => {
    const { checkout, status, stdout } = made({ installed: '0.3.0', clash: ['src/app.ts', 'a b.ts'] });
    expect(status).toBe(3);
    expect(stdout).toContain('\n- src/app.ts\n- a b.ts\n');
    expect(checkout.calls()).not.toContain('create-scalable-api update --allow-dirty --json');
    expect(fs.existsSync(message(checkout))).toBe(false);
    expect(checkout.git('status', '--porcelain', '--', '.', ':!.cache')).toBe('');
  });

  test('fails with the program', () => {
    expect(made({ installed: '0.3.0', check: 2 }).status).toBe(1);
  });
});

interface Platform {
  merge(checkout: Checkout): Ran;
  propose(checkout: Checkout): Ran;
}

/** What a job leaves for the next one is in its checkout, or beside it. */
const handedOn = (checkout: Checkout, to: string) => {
  const from = path.join(checkout.root, '.cache/update');
  if (fs.existsSync(from)) fs.copySync(from, to);
};

const inCheckout = (checkout: Checkout, lines: string, env: Record<string, string>) => {
  const place = checkout.fresh();
  handedOn(checkout, path.join(place, '.cache/update'));
  return checkout.run(lines, env, place);
};

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

const github = (checkout: Checkout) => parse(checkout.text('.github/workflows/update.yml')).jobs;
const gitlab = (checkout: Checkout) => parse(checkout.text('.gitlab-ci.yml'));
const jenkins = (checkout: Checkout, stage: string) => {
  const [, after] = checkout.text('update.Jenkinsfile').split(`stage('${stage}')`);
  return /sh '''([\s\S]*?)'''/.exec(after!)![1]!;
};

const platforms: Record<string, Platform> = {
  github: {
    merge: (checkout) =>
      checkout.run(github(checkout).update.steps.find(({ id }: { id?: string }) => id === 'update').run, {
        GITHUB_OUTPUT: `${checkout.root}.output`,
        GITHUB_STEP_SUMMARY: `${checkout.root}.summary`,
      }),
    propose: (checkout) => {
      const output = `${checkout.root}.output`;
      if (!fs.existsSync(output) || !fs.readFileSync(output, 'utf8').includes('found=true'))
        return { status: 0, stdout: 'left out' };
      handedOn(checkout, `${checkout.root}.temp/update`);
      const { run, env } = github(checkout).propose.steps.at(-1);
      return checkout.run(run, { ...env, RUNNER_TEMP: `${checkout.root}.temp` }, checkout.fresh());
    },
  },
  gitlab: {
    merge: (checkout) => checkout.run(gitlab(checkout).update.script.join('\n')),
    propose: (checkout) =>
      inCheckout(checkout, gitlab(checkout)['propose-update'].script.join('\n'), {
        ...identity,
        UPDATE_TOKEN: encodeURIComponent(token),
        CI_DEFAULT_BRANCH: 'main',
        CI_SERVER_PROTOCOL: 'https',
        CI_SERVER_HOST: 'gitlab.example.com',
        CI_SERVER_PORT: '443',
        CI_PROJECT_PATH: 'acme/shop',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `url.${checkout.origin}.insteadOf`,
        GIT_CONFIG_VALUE_0: `https://update:${encodeURIComponent(token)}@gitlab.example.com:443/acme/shop.git`,
      }),
  },
  jenkins: {
    merge: (checkout) => {
      const merged = checkout.run('.ci/update');
      if (merged.status !== 0) return merged;
      const recorded = checkout.run(jenkins(checkout, 'Record'));
      return recorded.status === 0 ? checkout.run(jenkins(checkout, 'Check')) : recorded;
    },
    propose: (checkout) => inCheckout(checkout, jenkins(checkout, 'Propose'), identity),
  },
};

describe.each(Object.entries(platforms))('%s', (ci, { merge, propose }) => {
  test('pushes a branch with the update and the outcome, once', () => {
    const checkout = new Checkout(ci, { installed: '0.3.0', tests: 1 });
    expect(merge(checkout).status).toBe(0);
    expect(propose(checkout).status).toBe(0);
    const pushed = (...args: string[]) => checkout.gitOf(checkout.origin, ...args);
    expect(pushed('diff', '--name-only', 'main', branch).trim().split('\n')).toEqual([
      'README.md',
      'added.txt',
    ]);
    expect(pushed('log', '--format=%s', `main..${branch}`)).toBe(
      'build: update create-scalable-api from 0.3.0 to 0.4.0\n',
    );
    expect(pushed('log', '-1', '--format=%b', branch)).toContain('- tests: failed');
    if (ci === 'github')
      expect(checkout.calls().find((call) => call.startsWith('gh pr create'))).toContain(`--head ${branch}`);
    if (ci === 'gitlab')
      expect(fs.readFileSync(checkout.pushOptions, 'utf8')).toContain('=merge_request.create\n');
    const before = pushed('rev-parse', branch);
    const again = propose(checkout);
    expect(again.status).toBe(0);
    expect(again.stdout).toContain(`The branch ${branch} exists and stays as it is.`);
    expect(pushed('rev-parse', branch)).toBe(before);
  });

  test.each<[string, Behaviour, number]>([
    ['there is no update', { installed: '0.4.0', check: 0 }, 0],
    ['the program is missing', {}, 0],
    ['files clash', { installed: '0.3.0', clash: ['src/app.ts'] }, 3],
  ])('pushes nothing where %s', (_, behaviour, status) => {
    const checkout = new Checkout(ci, behaviour);
    expect(merge(checkout).status).toBe(status);
    expect(propose(checkout).status).toBe(0);
    expect(checkout.gitOf(checkout.origin, 'branch', '--format=%(refname:short)')).toBe('main\n');
  });
});

test('a pull request that was refused is opened by the next run, once', () => {
  const checkout = new Checkout('github', { installed: '0.3.0' });
  checkout.refuseRequests();
  const { merge, propose } = platforms.github!;
  expect(merge(checkout).status).toBe(0);
  expect([1, 2, 3].map(() => propose(checkout).status)).toEqual([1, 0, 0]);
  expect(checkout.calls().filter((call) => call.startsWith('gh pr create'))).toHaveLength(2);
});

test('the code of a new version runs without a secret', () => {
  const { update, propose } = github(new Checkout('github', {}));
  expect(update.permissions).toEqual({ contents: 'read' });
  expect(JSON.stringify(update)).not.toMatch(/secrets\.|github\.token/);
  expect(JSON.stringify(propose)).not.toContain('.ci/update');
  const { environment, variables } = gitlab(new Checkout('gitlab', {})).update;
  expect({ environment, variables }).toEqual({});
  const [merged] = new Checkout('jenkins', {}).text('update.Jenkinsfile').split("stage('Propose')");
  expect(merged).toContain('.ci/update');
  expect(merged).not.toMatch(/credentials\w*\(/i);
});
