import fs from 'node:fs';
import path from 'node:path';
import { manifestPath } from '../answers/manifest.js';
import { UserError } from '../cli/errors.js';
import type { RenderedFile } from '../render/render.js';
import type { Destination } from './destination.js';
import type { Journal } from './journal.js';
import { diskReason } from './reasons.js';

/**
 * Writes a project. After an error the disk is as it was.
 * @throws UserError when another process writes there at the same time, or the disk fails
 */
export function writeProject(
  { directory, exists }: Destination,
  files: ReadonlyMap<string, RenderedFile>,
  journal: Journal,
): void {
  try {
    if (!exists) {
      journal.folder(path.dirname(directory));
      // Not recursive: of two processes that begin at once, one creates it and the other gets an error.
      fs.mkdirSync(directory);
      journal.ownFolder(directory);
    }
    const { first, rest } = lockFirst(files);
    for (const [file, { text, executable }] of [first, ...rest]) {
      const full = path.join(directory, file);
      journal.folder(path.dirname(full));
      journal.file(full, text, executable ? 0o755 : 0o644);
    }
  } catch (error) {
    journal.undo();
    throw explained(error as NodeJS.ErrnoException, directory);
  }
}

/** The manifest is written first, so that a concurrent run fails on it. */
function lockFirst(files: ReadonlyMap<string, RenderedFile>) {
  const [first, ...rest] = [...files].sort(
    ([a], [b]) => Number(b === manifestPath) - Number(a === manifestPath),
  );
  return { first: first!, rest };
}

function explained(error: NodeJS.ErrnoException, directory: string): Error {
  const reason = diskReason(error.code);
  const possible =
    error.code === 'EEXIST'
      ? 'another process writes there at the same time; this run has removed its files'
      : reason && `${reason}; nothing is left behind`;
  return possible ? new UserError([{ given: `directory "${directory}"`, possible }], 1) : error;
}
