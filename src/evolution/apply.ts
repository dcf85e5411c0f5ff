import fs from 'node:fs';
import path from 'node:path';
import { hashOf } from '../answers/manifest.js';
import { UserError } from '../cli/errors.js';
import { diskReason } from '../disk/reasons.js';

/** What a file is before or after a change; null for none. */
type State = { hash: string; mode: number } | null;

/** A change of one file. */
export interface Change {
  /** Its path in the project. */
  file: string;
  /** What it becomes; null deletes it. */
  to: { text: string; executable: boolean } | null;
}

interface Entry {
  file: string;
  before: State;
  after: State;
}

interface JournalRecord {
  /** `writing` until everything is on the disk. */
  state: 'writing' | 'done';
  /** What was done, for a person. */
  about: string;
  entries: Entry[];
  /** Folders that were made, those above first. */
  folders: string[];
}

/** The folder in a project with what the last change has replaced. */
const journalFolder = '.scalable-api/journal';
const command = 'create-scalable-api update --undo';

/**
 * Changes many files of a project, all or none. What they were is kept, so that it can be undone, also by another process when
 * this one is killed.
 */
export class Changes {
  readonly #root: string;
  readonly #folder: string;
  readonly #record: string;

  /** @param root the folder of the project */
  constructor(root: string) {
    this.#root = root;
    this.#folder = path.join(root, journalFolder);
    this.#record = path.join(this.#folder, 'record.json');
  }

  /**
   * Does work while no other process changes the project. What a killed process has left half-written is taken back first.
   * @param work gets whether there was such
   * @throws UserError when another process is at work
   */
  async exclusively<Result>(work: (interrupted: boolean) => Promise<Result>): Promise<Result> {
    const lock = path.join(this.#folder, 'lock');
    fs.mkdirSync(this.#folder, { recursive: true });
    // Git does not see this folder, whatever the project's own file says.
    fs.writeFileSync(path.join(this.#folder, '.gitignore'), '*\n');
    this.#take(lock);
    try {
      const interrupted = this.#read()?.state === 'writing';
      if (interrupted) this.#restore();
      return await work(interrupted);
    } finally {
      fs.rmSync(lock, { force: true });
      if (!this.#read()) this.#forget();
    }
  }

  #take(lock: string): void {
    for (;;) {
      try {
        fs.writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = holderOf(lock);
      if (holder !== undefined && isAlive(holder))
        throw new UserError(
          [
            {
              given: `process ${holder}`,
              possible: 'is changing this project now; try again when it has ended',
            },
          ],
          1,
        );
      fs.rmSync(lock, { force: true });
    }
  }

  /**
   * Makes changes.
   * @param planned the hash of each file when the changes were planned; undefined for one that was not there
   * @param signal takes everything back
   * @throws UserError when a file has been changed since, or the disk fails: everything is as it was, then
   */
  make(
    changes: readonly Change[],
    about: string,
    planned: (file: string) => string | undefined,
    signal: AbortSignal,
  ): void {
    try {
      for (const { file } of changes) {
        const bytes = this.#bytes(file);
        if ((bytes && hashOf(bytes)) !== planned(file)) throw changedMeanwhile(file);
      }
      // The last changes can no longer be undone.
      fs.rmSync(this.#record, { force: true });
      const entries = changes.map(({ file, to }, place): Entry => {
        const bytes = this.#bytes(file);
        if (bytes) fs.writeFileSync(path.join(this.#folder, String(place)), bytes);
        const before = bytes ? { hash: hashOf(bytes), mode: this.#mode(file) } : null;
        const mode = to?.executable ? 0o755 : 0o644;
        // Rights that its owner has given or taken besides stay.
        const kept = before && to && (before.mode & 0o100) === (mode & 0o100) ? before.mode : mode;
        return { file, before, after: to && { hash: hashOf(to.text), mode: kept } };
      });
      const record: JournalRecord = { state: 'writing', about, entries, folders: this.#missing(changes) };
      this.#write(record);
      for (const folder of record.folders) fs.mkdirSync(path.join(this.#root, folder));
      for (const [place, { file, to }] of changes.entries()) {
        signal.throwIfAborted();
        if (to) this.#put(file, to.text, entries[place]!.after!.mode);
        else this.#delete(file);
      }
      this.#write({ ...record, state: 'done' });
    } catch (error) {
      if (this.#read()?.state === 'writing') this.#restore();
      throw explained(error as NodeJS.ErrnoException);
    }
  }

  /**
   * Takes the last changes back.
   * @returns what they were about, and the files
   * @throws UserError when there are none, or a file has been changed since
   */
  undo(): { about: string; files: string[] } {
    const record = this.#read();
    if (!record)
      throw new UserError([
        {
          given: '--undo',
          possible: 'there is nothing to undo; git may have an earlier state',
          command: 'git log',
        },
      ]);
    const changed = record.entries.filter(({ file, after }) => {
      const bytes = this.#bytes(file);
      return (bytes && hashOf(bytes)) !== after?.hash;
    });
    if (changed.length > 0)
      throw new UserError(
        changed.map(({ file }) => ({
          given: file,
          possible: 'has been changed since; undo that first, or take the files from git',
          command: `git checkout -- ${file}`,
        })),
      );
    // Killed meanwhile, the next process goes on with it.
    this.#write({ ...record, state: 'writing' });
    this.#restore();
    return { about: record.about, files: record.entries.map(({ file }) => file) };
  }

  /** Puts everything back as the record says it was, and forgets the record. */
  #restore(): void {
    const { entries, folders } = this.#read()!;
    for (const [place, { file, before, after }] of entries.entries()) {
      const kept = path.join(this.#folder, String(place));
      if (before) this.#put(file, fs.readFileSync(kept), before.mode);
      else if (after) this.#delete(file);
    }
    for (const folder of [...folders].reverse()) removeEmpty(path.join(this.#root, folder));
    fs.rmSync(this.#record, { force: true });
  }

  /** Writes beside the file and renames, so that nobody reads half of it. */
  #put(file: string, content: string | Uint8Array, mode: number): void {
    const full = path.join(this.#root, file);
    const temporary = path.join(this.#folder, 'temporary');
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.rmSync(temporary, { force: true });
    fs.writeFileSync(temporary, content, { flush: true });
    fs.chmodSync(temporary, mode);
    fs.renameSync(temporary, full);
  }

  /** Deletes a file, and the folders that this empties. */
  #delete(file: string): void {
    fs.rmSync(path.join(this.#root, file), { force: true });
    let folder = path.dirname(file);
    while (folder !== '.' && removeEmpty(path.join(this.#root, folder))) folder = path.dirname(folder);
  }

  #missing(changes: readonly Change[]): string[] {
    const missing = new Set<string>();
    for (const { file, to } of changes) {
      if (!to) continue;
      for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder))
        if (!fs.existsSync(path.join(this.#root, folder))) missing.add(folder);
    }
    return [...missing].sort();
  }

  #bytes(file: string): Buffer | undefined {
    try {
      return fs.readFileSync(path.join(this.#root, file));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!)) return undefined;
      throw error;
    }
  }

  #mode(file: string): number {
    return fs.statSync(path.join(this.#root, file)).mode & 0o777;
  }

  #read(): JournalRecord | undefined {
    try {
      return JSON.parse(fs.readFileSync(this.#record, 'utf8'));
    } catch {
      return undefined;
    }
  }

  #write(record: JournalRecord): void {
    const temporary = `${this.#record}.temporary`;
    fs.writeFileSync(temporary, JSON.stringify(record), { flush: true });
    fs.renameSync(temporary, this.#record);
  }

  #forget(): void {
    fs.rmSync(this.#folder, { recursive: true, force: true });
    removeEmpty(path.dirname(this.#folder));
  }
}

function removeEmpty(folder: string): boolean {
  try {
    fs.rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** The process that has taken a lock; undefined for one that was killed before its number was written. */
function holderOf(lock: string): number | undefined {
  for (let tries = 0; tries < 5; tries += 1) {
    const [, number] = /^(\d+)\n$/.exec(fs.readFileSync(lock, 'utf8')) ?? [];
    if (number !== undefined) return Number(number);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function changedMeanwhile(file: string): UserError {
  return new UserError(
    [{ given: file, possible: 'was changed by another program meanwhile; nothing was written', command }],
    1,
  );
}

function explained(error: NodeJS.ErrnoException): Error {
  const reason = diskReason(error.code);
  if (reason === undefined) return error;
  return new UserError(
    [{ given: error.path ?? 'the project', possible: `${reason}; everything is as it was` }],
    1,
  );
}
