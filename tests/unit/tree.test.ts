import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../src');

/** The folders of src/, from top to bottom: what stands in one imports only what stands in it or below it. */
const order = [
  'cli.ts',
  'index.ts',
  'commands',
  'workshop',
  'verify',
  'evolution',
  'disk',
  'render',
  'answers',
  'catalog',
  'resources',
  'capacity',
  'documents',
  'cli',
];
/** The same for src/verify; files directly below it come first. */
const verifyOrder = [
  '',
  'report',
  'checks',
  'cluster',
  'services',
  'described',
  'contract',
  'proxies',
  'http',
];

const files = fs
  .readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts'));

/** What each file imports from src/: types as well, and what is imported later. */
const imports = new Map(
  files.map((file) => {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/g)];
    const targets = specifiers.map(([, specifier]) =>
      path.posix.join(path.posix.dirname(file), specifier!).replace(/\.js$/, '.ts'),
    );
    return [file, targets.filter((target) => files.includes(target))];
  }),
);

/** The place of a file in an order; each folder of src/ has one. */
function place(file: string): number {
  return order.indexOf(file.split('/')[0]!);
}

function placeInVerify(file: string): number {
  const [, folder, below] = file.split('/');
  return verifyOrder.indexOf(below === undefined ? '' : folder!);
}

const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));

test('every folder of src has a place in the order', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => place(file) < 0)).toEqual([]);
  const inVerify = files.filter((file) => file.startsWith('verify/'));
  expect(inVerify.filter((file) => placeInVerify(file) < 0)).toEqual([]);
});

test('imports run downwards', () => {
  const upwards = edges.filter(
    ([from, to]) =>
      place(to) < place(from) ||
      (from.startsWith('verify/') && to.startsWith('verify/') && placeInVerify(to) < placeInVerify(from)),
  );
  expect(upwards.map((edge) => edge.join(' -> '))).toEqual([]);
});

test('no imports form a circle', () => {
  expect(circle(imports)).toBeUndefined();
  const round = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(circle(round)).toEqual(['b', 'c', 'b']);
});

/** Files that import each other in a circle, the first again at the end; undefined when there are none. */
function circle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, above: readonly string[]): string[] | undefined => {
    if (above.includes(file)) return [...above.slice(above.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const found = visit(next, [...above, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}
