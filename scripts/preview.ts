import fs from 'node:fs';
import path from 'node:path';
import { readArguments } from '../src/args.js';
import { collect, complete } from '../src/collect.js';
import { UserError } from '../src/errors.js';
import { report } from '../src/output.js';
import { Preview } from './preview/project.js';

// npm run preview -- FOLDER [options as of create-scalable-api] [--watch]: renders a project from the templates as they
// stand; with --watch it does so after each change, and lints and type-checks what came out.
const templates = path.resolve(import.meta.dirname, '../templates');
const argv = process.argv.slice(2);
const watch = argv.includes('--watch');
const { arguments: args, problems } = readArguments([
  ...argv.filter((arg) => arg !== '--watch'),
  '--yes',
  '--merge',
]);

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
  const { directory } = args;
  if (directory === undefined)
    throw new UserError([
      { given: 'no folder', possible: 'give one', command: 'npm run preview -- /tmp/shop' },
    ]);
  return new Preview(directory, templates, (catalog) =>
    complete(catalog, collect(catalog, args, problems), directory),
  );
}

function once(preview: Preview): void {
  console.log(`${preview.render()} files in ${preview.folder}`);
  if (!watch) return;
  preview.install();
  console.log(preview.check() || 'lint and type check pass');
}

attempt(() => {
  const preview = start();
  if (!attempt(() => once(preview)) && !watch) process.exitCode ||= 1;
  if (!watch) return;
  let timer: NodeJS.Timeout | undefined;
  fs.watch(templates, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => attempt(() => once(preview)), 100);
  });
});
