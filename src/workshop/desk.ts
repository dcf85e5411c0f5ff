import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Answers } from '../answers/answers.js';
import { readManifest } from '../answers/manifest.js';
import { type Resolved, resolveAnswers } from '../answers/resolve.js';
import { shippedCatalog } from '../catalog/shipped.js';
import { UserError } from '../cli/errors.js';
import { version } from '../cli/version.js';
import { render } from '../render/render.js';
import { type Exercise, type Fault, faultOf, replaced } from './exercises.js';
import { runner, workshopFolder } from './project.js';

/** An exercise that was started and is not finished. */
interface Open {
  id: string;
  hints: number;
  /** The file before the fault, compressed: nobody is to read the solution by accident. */
  before: string;
}

interface State {
  open?: Open;
  solved: string[];
}

const stateFile = `${workshopFolder}/state.json`;

/** The exercises in the project of one learner. */
export class Desk {
  #state: State;
  readonly #resolved: Resolved;

  /** @throws UserError when the folder holds no workshop */
  constructor(
    private readonly directory: string,
    private readonly exercises: readonly Exercise[],
  ) {
    const command = 'create-scalable-api workshop shop';
    const possible = 'go to the folder of a workshop, or make one';
    const { answers } = readManifest(directory, { possible, command });
    if (!fs.existsSync(path.join(directory, workshopFolder)))
      throw new UserError([{ given: directory, possible: 'is no workshop; make one', command }]);
    this.#resolved = resolveAnswers(shippedCatalog(), answers);
    this.#state = this.#readState();
  }

  /** Of the project. */
  get answers(): Answers {
    return this.#resolved.answers;
  }

  /** The open exercise, with the number of hints that were shown. */
  get open(): { exercise: Exercise; hints: number } | undefined {
    const { open } = this.#state;
    const exercise = this.exercises.find(({ id }) => id === open?.id);
    return open && exercise && { exercise, hints: open.hints };
  }

  isSolved({ id }: Exercise): boolean {
    return this.#state.solved.includes(id);
  }

  /**
   * Plants the fault of an exercise. What the learner has changed elsewhere in the file stays.
   * @param restore takes the file as it was generated, and keeps the learner's
   * @returns where the learner's file was kept, if it was
   * @throws UserError when another exercise is open, or the file has changed where the fault begins
   */
  start(exercise: Exercise, restore: boolean): string | undefined {
    const { open } = this;
    if (open)
      throw new UserError([
        {
          given: `exercise "${open.exercise.id}"`,
          possible: 'is open; check it, or put it back with the solution',
          command: `${runner} solution --apply`,
        },
      ]);
    const fault = this.#faultOf(exercise);
    const text = this.#text(fault.file);
    const before = restore ? this.#generated(fault.file) : text;
    const planted = before === undefined ? undefined : replaced(before, fault.from, fault.to);
    if (before === undefined || planted === undefined)
      throw new UserError(
        [
          {
            given: fault.file,
            possible:
              'has changed where this exercise begins; nothing was written. With --restore the exercise starts from the file as it was generated, and your file is kept',
            command: `${runner} start ${exercise.id} --restore`,
          },
        ],
        1,
      );
    const kept = text !== undefined && text !== before ? this.#keep(exercise, fault.file, text) : undefined;
    this.#write(fault.file, planted);
    this.#save({ ...this.#state, open: { id: exercise.id, hints: 0, before: packed(before) } });
    return kept;
  }

  /** The next hint; undefined when all have been shown. */
  hint(): { hint: string; number: number; of: number } | undefined {
    const { exercise, hints } = this.required();
    const hint = exercise.hints[hints];
    if (hint === undefined) return undefined;
    this.#save({ ...this.#state, open: { ...this.#state.open!, hints: hints + 1 } });
    return { hint, number: hints + 1, of: exercise.hints.length };
  }

  /** Closes the open exercise as solved. */
  solve(): void {
    const { id } = this.required().exercise;
    this.#save({ solved: [...new Set([...this.#state.solved, id])] });
  }

  /** The change that mends the fault, as a diff. */
  solution(): { file: string; diff: string } {
    const { file, from, to } = this.#faultOf(this.required().exercise);
    const before = unpacked(this.#state.open!.before);
    return { file, diff: diffOf(file, replaced(before, from, to)!, before) };
  }

  /**
   * Puts the file of the open exercise back as it was before the fault, and closes the exercise.
   * @returns where the learner's file was kept, if it was another than the one with the fault
   */
  apply(): string | undefined {
    const { exercise } = this.required();
    const { file, from, to } = this.#faultOf(exercise);
    const before = unpacked(this.#state.open!.before);
    const text = this.#text(file);
    const own = text !== undefined && text !== before && text !== replaced(before, from, to);
    const kept = own ? this.#keep(exercise, file, text) : undefined;
    this.#write(file, before);
    this.#save({ solved: this.#state.solved });
    return kept;
  }

  /** The open exercise. @throws UserError when there is none */
  required(): { exercise: Exercise; hints: number } {
    const { open } = this;
    if (open) return open;
    throw new UserError([
      { given: 'no exercise', possible: 'is open; start one', command: `${runner} start 1` },
    ]);
  }

  #faultOf(exercise: Exercise): Fault {
    return faultOf(exercise, this.#resolved.layers);
  }

  #text(file: string): string | undefined {
    try {
      return fs.readFileSync(path.join(this.directory, file), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #write(file: string, text: string): void {
    const full = path.join(this.directory, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
  }

  /** The file as the project was generated with it. */
  #generated(file: string): string | undefined {
    return render(this.#resolved, version).get(file)?.text;
  }

  /** Keeps a file of the learner under a name that nothing has. @returns its path below the project */
  #keep({ id }: Exercise, file: string, text: string): string {
    for (let number = 1; ; number += 1) {
      const place = `${workshopFolder}/mine/${id}-${number}/${file}`;
      if (this.#text(place) !== undefined) continue;
      this.#write(place, text);
      return place;
    }
  }

  #readState(): State {
    const text = this.#text(stateFile);
    if (text === undefined) return { solved: [] };
    try {
      const { open, solved } = JSON.parse(text);
      return { ...(open ? { open } : {}), solved: [...solved] };
    } catch (error) {
      const possible = `cannot be read: ${(error as Error).message}; delete it to start anew`;
      throw new UserError([{ given: stateFile, possible }], 1);
    }
  }

  #save(state: State): void {
    this.#state = state;
    this.#write(stateFile, `${JSON.stringify(state, null, 2)}\n`);
  }
}

const packed = (text: string) => gzipSync(text).toString('base64');
const unpacked = (text: string) => gunzipSync(Buffer.from(text, 'base64')).toString();

const contextLines = 3;

/** A unified diff of two texts that differ in one place. */
function diffOf(file: string, from: string, to: string): string {
  const [old, changed] = [from.split('\n'), to.split('\n')];
  let head = 0;
  while (old[head] === changed[head]) head += 1;
  let tail = 0;
  const shorter = Math.min(old.length, changed.length) - head;
  while (tail < shorter && old.at(-1 - tail) === changed.at(-1 - tail)) tail += 1;
  const first = Math.max(0, head - contextLines);
  const after = Math.min(contextLines, tail);
  const part = (lines: string[], start: number, end: number, mark: string) =>
    lines.slice(start, end).map((line) => `${mark}${line}`);
  const size = (lines: string[]) => lines.length - tail + after - first;
  return [
    `--- ${file}`,
    `+++ ${file}`,
    `@@ -${first + 1},${size(old)} +${first + 1},${size(changed)} @@`,
    ...part(old, first, head, ' '),
    ...part(old, head, old.length - tail, '-'),
    ...part(changed, head, changed.length - tail, '+'),
    ...part(old, old.length - tail, old.length - tail + after, ' '),
  ].join('\n');
}
