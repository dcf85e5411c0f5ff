import path from 'node:path';
import { expect, test } from 'vitest';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { changed, stepsOf } from '../how-to.js';
import { everyType, order } from '../odd-resources.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const page = 'docs/how-to.md';
const others = { database: 'sqlite', cache: 'memory', auth: 'none' };
const sample =
  'product: name:string(1,120), description:text?, price:decimal, status:enum(draft|active|archived)+';

const projects = ['fastify', 'express', 'fastapi'].flatMap((framework) => [
  { choices: { framework }, resources: [sample] },
  { choices: { framework, ...others }, resources: [order, everyType] },
]);

test.each(projects.map((project) => [Object.values(project.choices).join(' '), project] as const))(
  'each step of docs/how-to.md finds its place in a project of %s',
  (_, { choices, resources }) => {
    const rendered = (specs: string[]) =>
      render(resolvedWith(catalog, { ...choices, resources: specs }), '0.0.0');
    const [first, ...steps] = stepsOf(rendered(resources).get(page)!.text);
    // The first recipe has the generator add this resource.
    const [, note] = / resource "(note: .+)"\n/.exec(first?.kind === 'run' ? first.text : '') ?? [];
    const files = new Map([...rendered([...resources, note!])].map(([file, { text }]) => [file, text]));
    for (const step of steps)
      if (step.kind !== 'run') files.set(step.file, changed(step, files.get(step.file)));
    expect(steps.length).toBeGreaterThan(20);
  },
);
