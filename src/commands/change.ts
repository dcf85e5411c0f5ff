import path from 'node:path';
import type { GivenAnswers } from '../answers/answers.js';
import type { Catalog } from '../catalog/catalog.js';
import { catalogFor } from '../catalog/catalog-for.js';
import { seenFrom } from '../catalog/layers-source.js';
import { UserError } from '../cli/errors.js';
import type { Flag, ParsedFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';
import { table } from '../cli/table.js';
import { version } from '../cli/version.js';
import { Journal } from '../disk/journal.js';
import { Changes } from '../evolution/apply.js';
import { evolve } from '../evolution/evolve.js';
import { fileOf, type Outcome } from '../evolution/plan.js';
import { type Project, readProject, requireResolved } from '../evolution/project.js';

/** The flags of all commands that change a project. */
export const changeFlags = {
  'dry-run': { group: 'change', about: 'show what would become of each file, write nothing' },
  'allow-dirty': { group: 'change', about: 'also change files with changes that git does not have' },
  old: {
    group: 'change',
    value: '<folder|tgz>',
    about: 'the package of the version that made the project, or the project as it made it',
  },
  'no-format': { group: 'change', about: 'do not merge once more in the format of the project' },
  'no-base': { group: 'change', about: 'do not keep how files were rendered in .scalable-api/base' },
  'no-install': { group: 'run', about: 'do not install packages' },
  json: { group: 'run', about: 'print one JSON document' },
} as const satisfies Record<string, Flag>;

type ChangeFlags = ParsedFlags<keyof typeof changeFlags>;

/** How a command is called. */
interface Call {
  /** The folder of the project. */
  directory: string;
  /** A call that works. */
  command: string;
  layers?: readonly string[] | undefined;
}

/** What a project is to become. */
export interface Proposal {
  answers: GivenAnswers;
  /** What changes, in a few words: "cache=memory". */
  about: string;
  /** What its owner has to know before anything is written. */
  notes?: string[];
}

/** What was done to a project, or would be. */
interface Changed {
  directory: string;
  from: string;
  to: string;
  about: string;
  written: boolean;
  /** Whether anything is different. */
  changes: boolean;
  files: Record<Outcome, string[]>;
  reasons: Record<string, string>;
  notes: string[];
  installed: boolean;
  next: string[];
}

const outcomes: Record<Outcome, string> = {
  added: 'added',
  changed: 'follows',
  deleted: 'deleted',
  merged: 'merged with yours',
  clash: 'CLASH',
  kept: 'kept as it is',
  adopted: 'the same as yours',
};

/**
 * Changes a project as a command proposes.
 * @param propose the answers that it is to have, from those it has
 * @param call `check`: exit code 3 says that there is something to change; nothing is written. `layers`: those from outside that
 * the project is to have, as the current folder sees them; its own if undefined
 * @returns the exit code: 0 done or nothing to do, 1 failed, 2 the call was wrong, 3 something is left for the owner, 130 cancelled
 */
export async function change(
  flags: ChangeFlags,
  { directory, command, check = false, layers }: Call & { check?: boolean },
  propose: (catalog: Catalog, project: Project) => Proposal,
): Promise<number> {
  surviveLostReader();
  const json = flags.has('json');
  try {
    if (flags.problems.length > 0) throw new UserError(flags.problems);
    const dryRun = check || flags.has('dry-run');
    const project = readProject(directory, command);
    const { root, manifest } = project;
    const given = layers?.map((from) => ({ from: seenFrom(root, from) }));
    const catalog = await catalogFor({ layers: given ?? manifest.answers.layers }, root);
    const changes = new Changes(root);
    const work = (signal: AbortSignal) =>
      changeProject(catalog, flags, { directory, command, dryRun }, propose, signal);
    const { failure, ...done } = await cancellable((signal) =>
      dryRun ? work(signal) : changes.exclusively(() => work(signal)),
    );
    if (json) print({ ok: !failure, ...done, problems: failure?.problems ?? [] });
    else process.stdout.write(changedText(done));
    if (failure) return report(failure, false);
    return (check && done.changes) || done.files.clash.length > 0 ? 3 : 0;
  } catch (error) {
    return report(error, json);
  }
}

/**
 * Changes a project as a command proposes, and installs its packages where they have changed.
 * @returns what was done; with `failure` when only the installation failed
 * @throws UserError when nothing was done
 */
export async function changeProject(
  catalog: Catalog,
  flags: ChangeFlags,
  { directory, command, dryRun }: { directory: string; command: string; dryRun: boolean },
  propose: (catalog: Catalog, project: Project) => Proposal,
  signal: AbortSignal,
): Promise<Changed & { failure?: UserError }> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  // Once more: another process may have changed it meanwhile.
  const project = readProject(directory, command);
  requireResolved(project);
  const { root, manifest } = project;
  const { answers, about, notes = [] } = propose(catalog, project);
  const newer = `This is also an update, from ${manifest.version} to ${version}.`;
  const told = manifest.version === version || about === updateAbout ? notes : [newer, ...notes];
  for (const note of told) say(note);
  const { steps, changes, installation, commands } = evolve(
    { root, catalog, manifest, answers, about },
    {
      dryRun,
      allowDirty: flags.has('allow-dirty'),
      old: flags.one('old'),
      noFormat: flags.has('no-format'),
      noBase: flags.has('no-base'),
    },
    signal,
  );
  const written = changes && !dryRun;
  let failure: UserError | undefined;
  const installs = written && installation !== undefined && !flags.has('no-install');
  if (installs) {
    const { install } = await import('../disk/steps.js');
    await install(root, installation, new Journal(), signal, say).catch((error) => {
      if (!(error instanceof UserError)) throw error;
      failure = error;
    });
  }
  const of = (outcome: Outcome) => steps.filter((step) => step.outcome === outcome).map(fileOf);
  const names = Object.keys(outcomes) as Outcome[];
  return {
    directory: root,
    from: manifest.version,
    to: version,
    about,
    written,
    changes,
    files: Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Outcome, string[]>,
    reasons: Object.fromEntries(
      steps.flatMap((step) => (step.because === undefined ? [] : [[fileOf(step), step.because]])),
    ),
    notes: told,
    installed: installs && !failure,
    next: written
      ? [
          ...(steps.some(({ outcome }) => outcome === 'clash')
            ? ['create-scalable-api update --continue']
            : []),
          ...(installation && !installs ? [installation.command] : []),
          ...(own(steps) && commands.derive ? [commands.derive] : []),
          'git diff',
          commands.format!,
          commands.lint!,
          commands.test!,
          'create-scalable-api verify --quick',
        ]
      : [],
    ...(failure ? { failure } : {}),
  };
}

/** Whether files differ from what is rendered. Files that a command makes from them then differ, too. */
function own(steps: readonly { outcome: Outcome }[]): boolean {
  return steps.some(({ outcome }) => outcome === 'merged' || outcome === 'clash');
}

/** What `update` says of itself. */
export const updateAbout = 'update';

/** What was done, for a person. */
export function changedText({
  directory,
  from,
  to,
  about,
  written,
  changes,
  files,
  reasons,
  next,
}: Changed): string {
  const name = path.basename(directory);
  const what = about === updateAbout ? `from ${from} to ${to}` : about;
  if (!changes)
    return `${name} is as it should be${about === updateAbout ? `, version ${to}` : ''}; nothing to do.\n`;
  const listed = (Object.keys(outcomes) as Outcome[]).flatMap((outcome) =>
    files[outcome].map((file) => [
      `  ${outcomes[outcome]}`,
      [file, reasons[file]].filter(Boolean).join(': '),
    ]),
  );
  const clashes = files.clash.length;
  const lines = [
    written ? `Changed ${name}: ${what}.` : `Would change ${name}: ${what}. Nothing was written.`,
    '',
    ...(listed.length > 0 ? [table(listed)] : ['  No file is different; the manifest is.']),
  ];
  if (clashes > 0)
    lines.push(
      '',
      `${clashes} ${clashes === 1 ? 'file needs' : 'files need'} you: look for <<<<<<<, keep what is right, delete the marks and files that end with .new.`,
    );
  if (written)
    lines.push(
      '',
      'Next:',
      ...next.map((step) => `  ${step}`),
      '',
      'To take it back: create-scalable-api update --undo',
    );
  return `${lines.join('\n')}\n`;
}
