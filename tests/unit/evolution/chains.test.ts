import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Answers, GivenAnswers } from '../../../src/answers/answers.js';
import { markProblems, problems } from '../../../src/answers/judge.js';
import { entriesOf, hashOf, type Manifest, manifestPath } from '../../../src/answers/manifest.js';
import { resolveAnswers } from '../../../src/answers/resolve.js';
import { type Axis, axisNames } from '../../../src/catalog/axes.js';
import { version } from '../../../src/cli/version.js';
import { resourceProposal } from '../../../src/commands/resource.js';
import { Changes } from '../../../src/evolution/apply.js';
import { basePath, readBase } from '../../../src/evolution/base.js';
import { type Evolved, evolve } from '../../../src/evolution/evolve.js';
import { isMigration } from '../../../src/evolution/paths.js';
import { readProject } from '../../../src/evolution/project.js';
import { render } from '../../../src/render/render.js';
import { catalog, filesOf, projectWith, put, removeProjects, textAt } from './project.js';

afterEach(removeProjects);

/** What users call, one after another; each is tried, and left out where it is refused. */
type Call = { axis: Axis; value: number } | { resource: string[]; contract?: boolean };

const resources: readonly Extract<Call, { resource: string[] }>[] = [
  { resource: ['order: total:decimal, placedAt:datetime?'] },
  { resource: ['review: text:string(1,80), productId:ref(product)'] },
  { resource: ['product', "+sku:string=''"] },
  { resource: ['product', '-description'] },
  { resource: ['product', 'price=amount'] },
  { resource: ['order', '+note:text?'] },
  { resource: [], contract: true },
];

const call: fc.Arbitrary<Call> = fc.oneof(
  { arbitrary: fc.record({ axis: fc.constantFrom(...axisNames), value: fc.nat(20) }), weight: 3 },
  { arbitrary: fc.constantFrom(...resources), weight: 1 },
);

/** What a project is to become, or undefined where this is refused. */
function proposed(root: string, manifest: Manifest, given: Call): GivenAnswers | undefined {
  const { answers } = manifest;
  try {
    if ('resource' in given)
      return resourceProposal(catalog, { root, manifest }, given.resource, given.contract ?? false).answers;
    const values = catalog
      .values(given.axis, given.axis === 'framework' ? undefined : answers.framework)
      .map(({ name }) => name);
    const choices = { ...answers, [given.axis]: values[given.value % values.length]! };
    const languages = [answers, choices].map(({ framework }) => catalog.languageOf(framework));
    const found = [...problems(catalog, choices), ...markProblems(catalog, choices, answers.resources)];
    return found.length > 0 || languages[0] !== languages[1] ? undefined : choices;
  } catch {
    return undefined;
  }
}

async function changed(root: string, answers: GivenAnswers): Promise<Evolved> {
  const { manifest } = readProject(root, 'test');
  const options = { dryRun: false, allowDirty: true, old: undefined, noFormat: true, noBase: false };
  return new Changes(root).exclusively(async () =>
    evolve({ root, catalog, manifest, answers, about: 'a test' }, options, new AbortController().signal),
  );
}

const fresh = (answers: Answers) => render(resolveAnswers(catalog, answers), version);

/** Lines that an owner writes somewhere in files of a project, in the language of each. */
const comments: Record<string, (line: string) => string> = {
  '.ts': (line) => `// ${line}`,
  '.py': (line) => `# ${line}`,
  '.md': (line) => `<!-- ${line} -->`,
  '.yaml': (line) => `# ${line}`,
  '.yml': (line) => `# ${line}`,
};

interface Edits {
  /** The line that was inserted, by file. */
  lines: Map<string, string>;
  deleted: Set<string>;
}

/** Edits about one file in seven in the middle, deletes one, and adds one. */
function edited(root: string, seed: number): Edits {
  const edits: Edits = { lines: new Map(), deleted: new Set(['AGENTS.md']) };
  for (const file of Object.keys(readProject(root, 'test').manifest.files)) {
    const comment = comments[path.extname(file)];
    const draw = Number.parseInt(hashOf(`${seed} ${file}`).slice(0, 8), 16);
    if (!comment || isMigration(file) || draw % 7 !== 0) continue;
    const line = comment(`mine in ${file}`);
    const lines = textAt(root, file)!.split('\n');
    const indent = /^ */.exec(lines[draw % lines.length]!)![0];
    lines.splice(draw % lines.length, 0, indent + line);
    put(root, file, lines.join('\n'), fs.statSync(path.join(root, file)).mode & 0o777);
    edits.lines.set(file, line);
  }
  for (const file of edits.deleted) {
    edits.lines.delete(file);
    fs.rmSync(path.join(root, file));
  }
  put(root, 'src/mine.txt', 'mine\n');
  return edits;
}

/**
 * Everything about a project is as a fresh one of these answers has it, but for what its owner has edited, and migrations, which stay
 * as they were made.
 */
function expectFresh(root: string, { lines, deleted }: Edits, before: Record<string, string>): void {
  const { manifest } = readProject(root, 'test');
  const rendered = fresh(manifest.answers);
  const [entries, base] = [entriesOf(manifest), readBase(textAt(root, basePath)!)];
  const files = filesOf(root);
  const own = (file: string) => lines.has(file) || deleted.has(file);
  const followed = [...rendered].filter(
    ([file]) => file !== manifestPath && !own(file) && !isMigration(file),
  );
  expect(Object.fromEntries(followed.map(([file]) => [file, textAt(root, file)]))).toEqual(
    Object.fromEntries(followed.map(([file, { text }]) => [file, text])),
  );
  for (const [file, { executable }] of followed)
    expect([file, `${file} +x` in files]).toEqual([file, executable]);
  const others = Object.keys(files)
    .map((file) => file.replace(/ \+x$/, ''))
    .filter((file) => !rendered.has(file) && !isMigration(file) && !own(file));
  expect(others.sort()).toEqual([basePath, 'src/mine.txt']);
  // The next change is compared with this.
  const recorded = [...entries].filter(([file]) => !isMigration(file));
  const renderedEntries = [...rendered].filter(([file]) => file !== manifestPath && !isMigration(file));
  expect(Object.fromEntries(recorded)).toEqual(
    Object.fromEntries(
      renderedEntries.map(([file, { text, executable }]) => [file, { hash: hashOf(text), executable }]),
    ),
  );
  for (const [file, { hash }] of entries)
    expect([file, base(file, hash) !== undefined]).toEqual([file, true]);
  // What the answers need is there, and what was there before is as it was.
  const migrations = Object.keys(files).filter(isMigration);
  for (const file of [...rendered.keys()].filter(isMigration)) expect(migrations).toContain(file);
  for (const [file, text] of Object.entries(before)) if (isMigration(file)) expect(files[file]).toBe(text);
}

test.each(catalog.values('framework').map(({ name }) => name))(
  'after any chain of changes a project is a fresh one, with the edits of its owner: %s',
  async (framework) => {
    const done = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 3, maxLength: 6 }),
        fc.option(fc.nat(), { nil: undefined }),
        async (calls, seed) => {
          const root = await projectWith({ framework });
          const edits =
            seed === undefined ? { lines: new Map(), deleted: new Set<string>() } : edited(root, seed);
          if (seed === undefined) put(root, 'src/mine.txt', 'mine\n');
          for (const given of calls) {
            const { manifest } = readProject(root, 'test');
            const answers = proposed(root, manifest, given);
            if (!answers) continue;
            const before = filesOf(root);
            const { steps } = await changed(root, answers);
            done.add('axis' in given ? given.axis : 'resource');
            const kept = new Set(steps.filter(({ outcome }) => outcome === 'kept').map(({ at }) => at));
            for (const [file, line] of edits.lines) {
              const text = textAt(root, file);
              // Also in a file that is no longer generated.
              expect([file, text?.includes(line)]).toEqual([file, true]);
            }
            for (const file of edits.deleted) expect(textAt(root, file)).toBeUndefined();
            // The owner is asked; commands refuse a project with clashes.
            if (steps.some(({ outcome }) => outcome === 'clash')) return;
            for (const file of kept) expect(edits.lines.has(file) || edits.deleted.has(file)).toBe(true);
            const sameDatabase = answers.database === manifest.answers.database;
            expectFresh(root, edits, sameDatabase ? before : {});
            expect((await changed(root, readProject(root, 'test').manifest.answers)).changes).toBe(false);
          }
        },
      ),
      { numRuns: 6 },
    );
    expect(done.size).toBeGreaterThan(3);
  },
);
