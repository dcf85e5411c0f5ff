import path from 'node:path';
import { readArguments } from '../src/args.js';
import { collect, complete } from '../src/collect.js';
import { catalogOf } from '../src/templates.js';
import { Preview } from './preview/project.js';

// npm run check:templates: lints and type-checks a project of each framework, and names the lines of the templates.
const root = path.resolve(import.meta.dirname, '..');
const templates = path.join(root, 'templates');
let wrong = 0;
for (const { name } of catalogOf(templates).values('framework')) {
  const folder = path.join(root, 'node_modules/.cache/templates', name);
  const { arguments: args, problems } = readArguments([folder, '--framework', name, '--yes', '--merge']);
  const preview = new Preview(folder, templates, (catalog) =>
    complete(catalog, collect(catalog, args, problems), folder),
  );
  preview.render();
  preview.install();
  const found = preview.check();
  if (found) wrong += 1;
  console.log(`${name}: ${found || 'lint and type check pass'}`);
}
process.exitCode = wrong > 0 ? 1 : 0;
