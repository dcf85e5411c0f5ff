import path from 'node:path';
import chokidar from 'chokidar';
import { parse, withPreset } from '../src/answers/request.js';
import { resolve } from '../src/answers/resolve.js';
import { UserError } from '../src/cli/errors.js';
import { report } from '../src/cli/output.js';
import { Preview } from './preview/project.js';

// npm run preview -- FOLDER [options as of create-scalable-api] [--watch] [--templates=FOLDER]: renders a project from the
// templates as they stand; with --watch it does so after each change, and lints and type-checks what came out.
const argv = process.argv.slice(2);
const own = /^--watch$|^--templates=/;
const watch = argv.includes('--watch');
const [, folder] = argv.flatMap((arg) => /^--templates=(.+)$/.exec(arg) ?? []);
const templates = path.resolve(folder ?? path.join(import.meta.dirname, '../templates'));
const request = parse(argv.filter((arg) => !own.test(arg)));

function attempt(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof UserError) process.exitCode = report(error, false);
    else console.error((error as Error).message);
    return false;
  }
}

function start(): Preview {
  const { directory } = request;
  if (directory === undefined)
    throw new UserError([
      { given: 'no folder', possible: 'give one', command: 'npm run preview -- /tmp/shop' },
    ]);
  return new Preview(directory, templates, (catalog) => {
    const resolved = resolve(catalog, withPreset(catalog, request));
    if (Array.isArray(resolved)) throw new UserError(resolved);
    return resolved;
  });
}

function once(preview: Preview): void {
  console.log(`${preview.render()} files in ${preview.folder}`);
  if (!watch) return;
  preview.install();
  console.log(preview.check() || 'lint and type check pass');
}

attempt(() => {
  const preview = start();
  const render = () => attempt(() => once(preview));
  if (!watch) {
    if (!render()) process.exitCode ||= 1;
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  chokidar
    .watch(templates, { ignoreInitial: true })
    .on('ready', render)
    .on('all', () => {
      clearTimeout(timer);
      timer = setTimeout(render, 100);
    });
});
