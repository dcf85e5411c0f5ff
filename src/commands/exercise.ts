import { spawn } from 'node:child_process';
import path from 'node:path';
import { type Problem, UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { nearest } from '../cli/nearest.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';
import { Desk } from '../workshop/desk.js';
import type { Exercise } from '../workshop/exercises.js';
import { runner } from '../workshop/project.js';
import { programFolder, shippedWorkshop } from '../workshop/shipped.js';

const example = 'create-scalable-api workshop exercise start 1';

export const exerciseForm = {
  name: 'workshop exercise',
  argument: '<step>',
  about: 'find and fix a planted fault; steps: list, start <n>, hint, check, solution',
  flags: {
    restore: { group: 'workshop', about: 'start from the file as it was generated; yours is kept' },
    apply: { group: 'workshop', about: 'apply the solution; your file is kept' },
    json: { group: 'workshop', about: 'print one JSON document' },
  },
  example,
} as const satisfies CommandForm;

/** The output of a step: as data, as text for a person, and its exit code where that is not 0. */
interface Told {
  data: object;
  text: string;
  code?: number;
}

interface Call {
  exercises: readonly Exercise[];
  desk: Desk;
  /** The number or the id that follows the step. */
  named: string | undefined;
  has(flag: keyof typeof exerciseForm.flags): boolean;
}

const steps: Readonly<Record<string, (call: Call) => Told | Promise<Told>>> = {
  list,
  start,
  hint,
  check,
  solution,
};
const flagsOfStep: Readonly<Record<string, readonly string[]>> = { start: ['restore'], solution: ['apply'] };

/**
 * `create-scalable-api workshop exercise <step>`, in the folder of a workshop.
 * @param argv what follows the word `exercise`
 * @returns the exit code: 0 done, or solved; 1 not solved, or failed; 2 the call was wrong
 */
export async function exercise(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  const json = argv.includes('--json');
  try {
    const [step = 'list', ...rest] = argv;
    const work = Object.hasOwn(steps, step) ? steps[step] : undefined;
    const flags = parseFlags(exerciseForm, rest);
    const problems = [...flags.problems, ...problemsOf(step, work !== undefined, flags)];
    if (problems.length > 0) throw new UserError(problems);
    const { exercises } = shippedWorkshop();
    const desk = new Desk('.', exercises);
    const { data, text, code = 0 } = await work!({ exercises, desk, named: flags.argument, has: flags.has });
    if (json) print({ ok: code === 0, ...data, problems: [] });
    else process.stdout.write(`${text}\n`);
    return code;
  } catch (error) {
    return report(error, json);
  }
}

function problemsOf(
  step: string,
  known: boolean,
  { argument, has }: { argument: string | undefined; has(name: 'restore' | 'apply'): boolean },
): Problem[] {
  if (!known) {
    const near = nearest(step, Object.keys(steps));
    const possible = `is not a step; possible: ${Object.keys(steps).join(', ')}${near ? `; did you mean ${near}?` : ''}`;
    return [{ given: `"${step}"`, possible, command: example }];
  }
  const unwanted = (['restore', 'apply'] as const)
    .filter((name) => has(name) && !flagsOfStep[step]?.includes(name))
    .map((name) => ({ given: `--${name}`, possible: `is no option of ${step}`, command: example }));
  if (step === 'start' && argument === undefined)
    unwanted.push({ given: 'start', possible: 'needs the number of an exercise', command: example });
  if (step !== 'start' && argument !== undefined)
    unwanted.push({ given: argument, possible: `${step} takes no argument`, command: example });
  return unwanted;
}

function list({ exercises, desk }: Call): Told {
  const all = exercises.map((each, index) => ({
    number: index + 1,
    id: each.id,
    title: each.title,
    minutes: each.minutes,
    theory: theoryOf(each),
    state: desk.isSolved(each) ? 'solved' : desk.open?.exercise === each ? 'open' : 'new',
  }));
  const marks = { solved: '✔', open: '→', new: ' ' } as Record<string, string>;
  const width = Math.max(...all.map(({ title }) => title.length));
  const lines = all.map(
    ({ number, title, minutes, state }) =>
      `${marks[state]} ${String(number).padStart(2)}  ${title.padEnd(width)}  ${minutes} min`,
  );
  return { data: { exercises: all }, text: `${lines.join('\n')}\n\nStart one: ${runner} start 1` };
}

function start({ exercises, desk, named, has }: Call): Told {
  const exercise = exercises.find(({ id }, index) => id === named || String(index + 1) === named);
  if (!exercise) {
    const possible = `is no exercise; there are 1 to ${exercises.length}`;
    throw new UserError([{ given: `"${named}"`, possible, command: `${runner} list` }]);
  }
  const kept = desk.start(exercise, has('restore'));
  const { id, title, symptom, minutes } = exercise;
  const number = exercises.indexOf(exercise) + 1;
  const theory = theoryOf(exercise);
  return {
    data: { exercise: { number, id, title, symptom, minutes, theory }, kept },
    text: `Exercise ${number}: ${title} (${minutes} min)

${wrapped(symptom)}

Theory:  ${theory}
A hint:  ${runner} hint
Fixed?  ${runner} check${keptText(kept)}`,
  };
}

function hint({ desk }: Call): Told {
  const shown = desk.hint();
  if (!shown)
    return { data: { hint: null }, text: `There are no more hints. ${runner} solution shows the solution.` };
  const { hint, number, of } = shown;
  return { data: { hint, number, of }, text: `Hint ${number} of ${of}: ${wrapped(hint)}` };
}

async function check({ desk, has }: Call): Promise<Told> {
  const { exercise } = desk.required();
  const { code, report } = await judge(exercise, has('json'));
  if (code === 0) desk.solve();
  const outcomes: Record<number, string> = {
    0: `Solved: ${exercise.title}.`,
    1: `Not solved yet. ${runner} hint gives a hint.`,
  };
  const text = `\n${outcomes[code] ?? 'There was no check.'}`;
  return { data: { exercise: exercise.id, solved: code === 0, report }, text, code };
}

function solution({ desk, has }: Call): Told {
  const { file, diff } = desk.solution();
  const kept = has('apply') ? desk.apply() : undefined;
  const next = has('apply')
    ? `\n\nApplied, and the exercise is closed.${keptText(kept)}`
    : `\n\nApply it: ${runner} solution --apply`;
  return { data: { file, diff, applied: has('apply'), kept }, text: `${diff}${next}` };
}

/** Runs the row of the exercise against the project in this folder. A signal is for the run, which tidies up. */
async function judge({ row }: Exercise, json: boolean): Promise<{ code: number; report?: unknown }> {
  const args = [
    path.join(programFolder, 'cli.js'),
    'verify',
    '.',
    '--only',
    row,
    ...(json ? ['--json'] : []),
  ];
  return cancellable(
    () =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, args, {
          stdio: ['ignore', json ? 'pipe' : 'inherit', 'inherit'],
        });
        let output = '';
        child.stdout?.on('data', (part) => {
          output += part;
        });
        child.once('error', reject);
        child.once('close', (code) =>
          resolve({ code: code ?? 1, ...(output.trim() === '' ? {} : { report: JSON.parse(output) }) }),
        );
      }),
  );
}

function theoryOf({ theory }: Exercise): string {
  return `workshop/${theory}.md`;
}

function keptText(kept: string | undefined): string {
  return kept === undefined ? '' : `\nYour file is kept as ${kept}.`;
}

/** Lines of at most 80 characters. */
function wrapped(text: string): string {
  return text.replace(/(.{1,80})(?: |$)/g, '$1\n').trimEnd();
}
