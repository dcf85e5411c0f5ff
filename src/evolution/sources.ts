import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hashOf, type Manifest, manifestPath } from '../answers/manifest.js';
import { seenFrom } from '../catalog/layers-source.js';
import { UserError } from '../cli/errors.js';
import { ownText } from './text.js';
import { Tree } from './tree.js';

/** Where the earlier rendering of a file comes from. @returns its text, whose hash is this, or undefined */
export type Source = (file: string, hash: string) => string | undefined;

/** The first of several sources that has a file. */
export function firstOf(sources: readonly Source[]): Source {
  return (file, hash) => {
    for (const source of sources) {
      const text = source(file, hash);
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

/** Files that are rendered when they are first asked for. */
export function renderedBy(render: () => ReadonlyMap<string, { text: string }>): Source {
  let files: ReadonlyMap<string, { text: string }> | undefined;
  return (file, hash) => {
    files ??= render();
    return verified(files.get(file)?.text, hash);
  };
}

/** The files of a project in a folder. */
export function inFolder(folder: string): Source {
  const tree = new Tree(folder);
  return (file, hash) => verified(tree.read(file)?.text, hash);
}

const revisions = 200;

/** What git has of a file, in the commits that changed it. */
export function inRepository(root: string): Source {
  const git = (...args: string[]) =>
    spawnSync('git', ['--no-optional-locks', ...args], { cwd: root, maxBuffer: 64_000_000 });
  return (file, hash) => {
    const { stdout, status } = git('log', `--max-count=${revisions}`, '--format=%H', '--', file);
    if (status !== 0) return undefined;
    for (const commit of stdout.toString().split('\n').filter(Boolean)) {
      const shown = git('show', `${commit}:./${file}`);
      const text = shown.status === 0 ? ownText(shown.stdout, false)?.text : undefined;
      if (verified(text, hash) !== undefined) return text;
    }
    return undefined;
  };
}

/**
 * The files that an earlier version of this package renders. It is run when it is first asked.
 * @param program the folder of the package
 * @param root of the project, from which its layers are looked for
 */
export function byProgram(program: string, manifest: Manifest, root: string): Source {
  let source: Source | undefined;
  return (file, hash) => {
    source ??= inFolder(renderedInto(program, manifest, root));
    return source(file, hash);
  };
}

function renderedInto(program: string, manifest: Manifest, root: string): string {
  const scratch = temporaryFolder();
  const answers = path.join(scratch, 'answers.json');
  const layers = manifest.answers.layers?.map(({ from }) => ({ from: seenFrom(scratch, from, root) }));
  fs.writeFileSync(answers, JSON.stringify({ ...manifest.answers, ...(layers ? { layers } : {}) }));
  const folder = path.join(scratch, 'project');
  const flags = ['--answers', answers, '--no-install', '--no-git', '--yes'];
  spawnSync(process.execPath, [path.join(program, 'dist/cli.js'), folder, ...flags], { cwd: root });
  return folder;
}

/** The earlier version that the project itself has among its packages. */
export function installedProgram(root: string, version: string): string | undefined {
  const folder = path.join(root, 'node_modules/create-scalable-api');
  return versionOf(folder) === version ? folder : undefined;
}

/**
 * What `--old` names: a project, the package of an earlier version, or its archive.
 * @throws UserError when it is neither
 */
export function oldSource(given: string, manifest: Manifest, root: string): Source {
  const folder = fs.statSync(given, { throwIfNoEntry: false })?.isFile()
    ? unpacked(given)
    : path.resolve(given);
  if (fs.existsSync(path.join(folder, manifestPath))) return inFolder(folder);
  const version = versionOf(folder);
  if (version === manifest.version) return byProgram(folder, manifest, root);
  const is =
    version === undefined ? 'is neither a project nor a package of this program' : `is version ${version}`;
  throw new UserError([
    {
      given: `--old ${given}`,
      possible: `${is}; give version ${manifest.version}, or the project as that version rendered it`,
      command: `npm pack create-scalable-api@${manifest.version} && create-scalable-api update --old create-scalable-api-${manifest.version}.tgz`,
    },
  ]);
}

function unpacked(archive: string): string {
  const folder = temporaryFolder();
  spawnSync('tar', ['-xzf', path.resolve(archive), '-C', folder]);
  return path.join(folder, 'package');
}

const temporary: string[] = [];

/** A folder that is gone when this process ends. */
function temporaryFolder(): string {
  if (temporary.length === 0)
    process.once('exit', () => {
      for (const folder of temporary) fs.rmSync(folder, { recursive: true, force: true });
    });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'scalable-api-'));
  temporary.push(folder);
  return folder;
}

function versionOf(folder: string): string | undefined {
  try {
    const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return name === 'create-scalable-api' ? version : undefined;
  } catch {
    return undefined;
  }
}

function verified(text: string | undefined, hash: string): string | undefined {
  return text !== undefined && hashOf(text) === hash ? text : undefined;
}
