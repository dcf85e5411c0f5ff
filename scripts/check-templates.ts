import path from 'node:path';
import { resolvedWith } from '../src/answers/resolve.js';
import { catalogOf } from '../src/catalog/compile.js';
import { Preview } from './preview/project.js';

// npm run check:templates: lints and type-checks a project of each framework, and names the lines of the templates.
const root = path.resolve(import.meta.dirname, '..');
const templates = path.join(root, 'templates');
let wrong = 0;
for (const { name } of catalogOf(templates).values('framework')) {
  const folder = path.join(root, 'node_modules/.cache/templates', name);
  const preview = new Preview(folder, templates, (catalog) => resolvedWith(catalog, { framework: name }));
  preview.render();
  preview.install();
  const found = preview.check();
  if (found) wrong += 1;
  console.log(`${name}: ${found || 'lint and type check pass'}`);
}
process.exitCode = wrong > 0 ? 1 : 0;
