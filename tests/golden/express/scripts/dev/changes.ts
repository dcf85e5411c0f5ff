import { once } from 'node:events';
import path from 'node:path';
import { watch } from 'chokidar';

const settleMs = 100;

/**
 * Calls `handle` with the files that changed, one call after the other. Resolves when it watches.
 * @param roots files and folders of the project; the folder around them is watched, as editors replace files
 */
export async function onChanges(roots: string[], handle: (files: string[]) => Promise<void>): Promise<void> {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const ignored = (file: string) => file !== '.' && !roots.includes(file.split(path.sep)[0]!);
  const watcher = watch('.', { ignored, ignoreInitial: true }).on('all', (_event, file) => {
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed];
      changed.clear();
      last = last.then(() => handle(files)).catch((error: Error) => console.error(error.message));
    }, settleMs);
  });
  await once(watcher, 'ready');
}
