import fs from 'node:fs';
import path from 'node:path';
import { changedManifest, entriesOf, manifestPath } from '../answers/manifest.js';
import { layersFlag } from '../answers/request.js';
import { UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';
import { Changes } from '../evolution/apply.js';
import { hasMarks } from '../evolution/merge/merge.js';
import { besideSuffix } from '../evolution/plan.js';
import { readProject } from '../evolution/project.js';
import { Tree } from '../evolution/tree.js';
import { change, changeFlags, updateAbout } from './change.js';

export const updateForm = {
  name: 'update',
  argument: '[directory]',
  about: 'merge what this version renders into a project',
  flags: {
    ...changeFlags,
    check: { group: 'change', about: 'exit with 3 when there is an update, write nothing' },
    continue: { group: 'change', about: 'clashes are resolved: check that, and forget them' },
    undo: { group: 'change', about: 'take the last change back, if nothing has changed since' },
    layers: {
      ...layersFlag,
      group: 'change',
      about: 'layers of your own, in place of those so far; repeatable',
    },
    'no-layers': { group: 'change', about: 'no layers of your own any more' },
  },
  example: 'create-scalable-api update --dry-run',
} as const satisfies CommandForm;

/** `create-scalable-api update [directory]`. @returns the exit code, as `change` says */
export async function update(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(updateForm, argv);
  const directory = flags.argument ?? '.';
  const layers = flags.has('no-layers') ? [] : flags.has('layers') ? flags.all('layers') : undefined;
  const problems = [
    ...flags.problems,
    ...(
      [
        ['check', 'continue', 'undo'],
        ['layers', 'no-layers', 'continue'],
        ['layers', 'no-layers', 'undo'],
      ] as const
    )
      .map((names) => names.filter((name) => flags.has(name)))
      .filter(({ length }) => length > 1)
      .map((names) => ({
        given: names.map((name) => `--${name}`).join(' '),
        possible: 'do different things; give one',
        command: updateForm.example,
      })),
  ];
  if (problems.length === 0 && flags.has('undo')) return alone(directory, flags.has('json'), undone);
  if (problems.length === 0 && flags.has('continue')) return alone(directory, flags.has('json'), resolved);
  const call = { directory, command: updateForm.example, check: flags.has('check'), layers };
  return change({ ...flags, problems }, call, (_, { manifest: { answers } }) => ({
    answers,
    about: layers ? `layers=${layers.join(',')}` : updateAbout,
  }));
}

interface Outcome {
  /** For a person. */
  text: string;
  files: string[];
}

async function alone(
  directory: string,
  json: boolean,
  work: (root: string, changes: Changes, interrupted: boolean, signal: AbortSignal) => Outcome,
): Promise<number> {
  surviveLostReader();
  try {
    const root = path.resolve(directory);
    if (!fs.existsSync(path.join(root, manifestPath))) readProject(directory, updateForm.example);
    const changes = new Changes(root);
    const { text, files } = await cancellable((signal) =>
      changes.exclusively(async (interrupted) => work(root, changes, interrupted, signal)),
    );
    if (json) print({ ok: true, directory: root, files, problems: [] });
    else process.stdout.write(`${text}\n`);
    return 0;
  } catch (error) {
    return report(error, json);
  }
}

function undone(_: string, changes: Changes, interrupted: boolean): Outcome {
  if (interrupted) return { text: 'Took back a change that was interrupted.', files: [] };
  const { about, files } = changes.undo();
  return {
    text: `Took back: ${about} (${files.length} files). Install the packages again if they had changed.`,
    files,
  };
}

/** Forgets clashes that are resolved. @throws UserError with those that are not */
function resolved(root: string, changes: Changes, _: boolean, signal: AbortSignal): Outcome {
  const { manifest } = readProject(root, updateForm.example);
  const { clashes = [] } = manifest;
  const tree = new Tree(root);
  const open = clashes.filter((file) => {
    const own = tree.read(file);
    return own !== undefined && (file.endsWith(besideSuffix) || hasMarks(own.text));
  });
  if (open.length > 0)
    throw new UserError(
      open.map((file) => ({
        given: file,
        possible: file.endsWith(besideSuffix)
          ? 'is still there; take over what you need from it, and delete it'
          : 'still has marks of a clash; keep what is right, and delete the lines with <<<<<<<, |||||||, ======= and >>>>>>>',
        command: 'create-scalable-api update --continue',
      })),
    );
  if (clashes.length > 0) {
    tree.find(manifestPath);
    const moved = new Map(Object.entries(manifest.moved ?? {}));
    const text = changedManifest(manifest, entriesOf(manifest), { clashes: [], moved });
    const to = { text, executable: false };
    changes.make(
      [{ file: manifestPath, to }],
      'clashes that are resolved',
      (file) => tree.seen(file),
      signal,
    );
  }
  return {
    text: clashes.length > 0 ? `All ${clashes.length} clashes are resolved.` : 'There are no clashes.',
    files: clashes,
  };
}
