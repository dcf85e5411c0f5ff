import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { rows } from '../../src/verify/checks/index.js';
import { faultOf, replaced } from '../../src/workshop/exercises.js';
import { renderWorkshop } from '../../src/workshop/project.js';
import { readWorkshop } from '../../src/workshop/read.js';

const root = path.resolve(import.meta.dirname, '../..');
const templates = path.join(root, 'templates');
const catalog = catalogOf(templates);
const workshop = readWorkshop(templates);
const { exercises } = workshop;
const { answers } = catalog.presets.find(({ name }) => name === 'workshop')!;
const frameworks = catalog.values('framework').map(({ name }) => name);

function workshopOf(framework: string) {
  const resolved = resolvedWith(catalog, { ...answers, framework });
  // The program is not there before a build: any folder stands for it.
  const program = path.join(root, 'src/cli');
  return { resolved, files: renderWorkshop(catalog, resolved, workshop, { version: '0.0.0', program }) };
}

describe('the exercises', () => {
  test('are enough for a day, and each has all that it needs', () => {
    expect(exercises.length).toBeGreaterThanOrEqual(24);
    expect(new Set(exercises.map(({ id }) => id)).size).toBe(exercises.length);
    const known = rows.map(({ id }) => id);
    expect(exercises.filter(({ row }) => !known.includes(row))).toEqual([]);
    expect(exercises.filter(({ hints }) => hints.length < 3)).toEqual([]);
    expect(exercises.filter(({ path }) => path === 'half-day').length).toBe(7);
  });

  test('and the pages of theory belong together', () => {
    const pages = fs.readdirSync(path.join(templates, 'workshop/project/files/workshop'));
    const named = new Set(exercises.map(({ theory }) => `${theory}.md`));
    expect([...named].sort()).toEqual(pages.sort());
  });

  test.each(frameworks)('fit the project of %s', (framework) => {
    const { resolved, files } = workshopOf(framework);
    const misfits = exercises.filter((exercise) => {
      const { file, from, to } = faultOf(exercise, resolved.layers);
      return replaced(files.get(file)?.text ?? '', from, to) === undefined;
    });
    expect(misfits.map(({ id }) => id)).toEqual([]);
  });
});

test('a text is replaced only where it stands once', () => {
  expect(replaced('a b c', 'b', '$&')).toBe('a $& c');
  expect(replaced('a b b', 'b', '')).toBeUndefined();
  expect(replaced('a c', 'b', '')).toBeUndefined();
});

describe.each(frameworks)('a workshop of %s', (framework) => {
  const { files } = workshopOf(framework);
  const own = [...files.keys()].filter((file) => !file.startsWith('.workshop/'));

  test('has no files of operation, and only links that lead somewhere', () => {
    expect(
      own.filter((file) => /^(observability|load|deploy|docs|\.github|\.devcontainer)\//.test(file)),
    ).toEqual([]);
    const page = files.get('WORKSHOP.md')!.text;
    const links = [...page.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBe(exercises.length);
    expect(links.filter((link) => !files.has(link))).toEqual([]);
  });

  test('shows neither hints nor solutions outside of its program', () => {
    const texts = own.map((file) => files.get(file)!.text).join('\n');
    const shown = exercises.filter(({ hints, symptom }) =>
      [...hints, symptom].some((text) => texts.includes(text)),
    );
    expect(shown).toEqual([]);
  });
});
