import fs from 'node:fs';
import path from 'node:path';

/** Records created files and folders, so that they can be removed again, and nothing else. */
export class Journal {
  readonly #present = new Set<string>();
  readonly #made: { path: string; folder: boolean }[] = [];

  /** Makes a folder and those above it that are missing. */
  folder(directory: string): void {
    if (this.#present.has(directory) || fs.existsSync(directory)) return;
    this.folder(path.dirname(directory));
    try {
      fs.mkdirSync(directory);
      this.#made.push({ path: directory, folder: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    this.#present.add(directory);
  }

  /** Makes a file that must not be there. */
  file(file: string, text: string, mode: number): void {
    const descriptor = fs.openSync(file, 'wx', mode);
    this.#made.push({ path: file, folder: false });
    try {
      fs.writeFileSync(descriptor, text);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** Deletes a folder of ours with all that other programs have put there since. */
  ownFolder(directory: string): void {
    this.#made.push({ path: directory, folder: true });
    this.#owned.add(directory);
  }

  readonly #owned = new Set<string>();

  /** Takes everything back, the last first. Folders that others have put something into stay. */
  undo(): void {
    for (const { path: made, folder } of this.#made.splice(0).reverse()) {
      if (this.#owned.has(made)) fs.rmSync(made, { recursive: true, force: true });
      else if (!folder) fs.rmSync(made, { force: true });
      else
        try {
          fs.rmdirSync(made);
        } catch {
          // Not empty: its content is not ours.
        }
    }
  }
}
