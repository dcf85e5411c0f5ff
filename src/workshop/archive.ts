import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shippedCatalog } from '../catalog/shipped.js';
import { UserError } from '../cli/errors.js';
import { runProgram } from '../disk/subprocess.js';
import { Desk } from './desk.js';
import { cacheFolder as cache, workshopFolder } from './project.js';
import { shippedWorkshop } from './shipped.js';

/** What learners make, and is not handed on. */
const ownOfLearner = [`${workshopFolder}/mine`, `${workshopFolder}/state.json`, cache];
const shownLines = 15;

export interface Archive {
  file: string;
  bytes: number;
  /** Installs the packages, in the unpacked folder and without a network. */
  install: string;
  /** The systems that it is for; empty for computers like this one. */
  systems: string[];
}

/**
 * Packs a project and the packages that it needs into one file beside its folder.
 * @param say tells what is being done
 * @throws UserError when the project cannot be packed, or a program fails
 */
export async function makeArchive(
  directory: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Archive> {
  const project = path.resolve(directory);
  const command = `create-scalable-api workshop archive ${directory}`;
  const { answers, open } = new Desk(project, shippedWorkshop().exercises);
  const { installation } = shippedCatalog().packageManager(answers.framework, answers.packageManager);
  const { offline, leaves, environment = {} } = installation;
  const refuse = (given: string, possible: string) => new UserError([{ given, possible, command }]);
  if (open) throw refuse(`exercise "${open.exercise.id}"`, 'is open; put it back first, with its solution');
  if (!offline)
    throw refuse(answers.packageManager, 'cannot install without a network here; make the workshop again');
  const missing = leaves.filter((name) => !fs.existsSync(path.join(project, name)));
  if (missing.length > 0)
    throw refuse(missing.join(' and '), `must be there before it is packed: run ${installation.command}`);
  const file = `${project}.tar.gz`;
  if (fs.existsSync(file)) throw refuse(file, 'is there already; move it away');

  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'workshop-'));
  try {
    const copy = path.join(scratch, path.basename(project));
    const folders = leaves.filter((name) => fs.statSync(path.join(project, name)).isDirectory());
    const ignored = new Set(['.git', ...folders, ...ignoredNames(project)]);
    fs.cpSync(project, copy, {
      recursive: true,
      filter: (source) => {
        const inside = path.relative(project, source).split(path.sep).join('/');
        return !ignored.has(path.basename(source)) && !ownOfLearner.includes(inside);
      },
    });
    const run = async ([program = '', ...args]: string[], cwd: string, env: Record<string, string>) => {
      const { failed, all } = await runProgram({ file: program, args, cwd, env }, signal);
      const given = [program, ...args].join(' ');
      if (failed) throw new UserError([{ given, possible: `failed:\n${lastLines(all)}` }], 1);
    };
    const systems = offline.systems ?? [{ system: '' }];
    for (const values of systems) {
      say(`Fills the cache${values.system ? ` for ${values.system}` : ''} …`);
      const all: Record<string, string> = { ...values, cache };
      const fill = offline.fill.replace(/\{(\w+)\}/g, (_, name: string) => all[name]!);
      await run(fill.split(' '), copy, environment);
      for (const name of folders) fs.rmSync(path.join(copy, name), { recursive: true, force: true });
    }
    say('Packs the project with its cache …');
    await run(['tar', '-czf', path.basename(file), path.basename(project)], scratch, {});
    fs.copyFileSync(path.join(scratch, path.basename(file)), file, fs.constants.COPYFILE_EXCL);
    return {
      file,
      bytes: fs.statSync(file).size,
      install: offline.install.replaceAll('{cache}', cache),
      systems: (offline.systems ?? []).map(({ system }) => system!),
    };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** Names that the project keeps out of git: what a build or a run makes anew, and secrets. */
function ignoredNames(project: string): string[] {
  const lines = fs.readFileSync(path.join(project, '.gitignore'), 'utf8').split('\n');
  return lines.map((line) => line.trim().replaceAll('/', '')).filter((name) => /^[\w.-]+$/.test(name));
}

function lastLines(all: readonly string[]): string {
  return all
    .filter((line) => line.trim() !== '')
    .slice(-shownLines)
    .map((line) => `    ${line}`)
    .join('\n');
}
