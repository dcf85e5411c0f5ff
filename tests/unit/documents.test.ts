import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeDocument } from '../../src/documents/document.js';
import { fill } from '../../src/documents/fill.js';
import { readDocument } from '../../src/documents/read.js';

const scope = {
  project: { name: 'shop' },
  versions: { node: 'node:24', tea: '1.20' },
  cups: [
    { name: 'small', image: 'node', ports: ['80:80'], about: 'For one.' },
    { name: 'large', image: 'node', ports: [] },
  ],
  nothing: [],
  helpers: { doubled: (value: number) => 2 * value },
  sizes: { a: 1, b: 'on' },
};

/** The text that a source becomes. */
function written(source: string, path = 'a.yaml'): string {
  return writeDocument(fill(readDocument(source, 'source.yaml'), scope)!, path);
}

test('what holds no reference comes out as it was', () => {
  const source = `# The whole file.

# The first key.
first: &all
  quoted: "a \\\\ b" # beside
  single: 'it''s'
  plain: 10m
  flow: { a: [1, "2"], b: {} }

second:
  <<: *all
  # About the list.
  list:
    - one
    # About two.
    - name: two
      with: x
  text: |
    a

      b
  folded: >-
    one
    two
  empty:
`;
  expect(written(source)).toBe(source);
});

test('references are filled in, and keep their type where they stand alone', () => {
  expect(written('a: ((sizes.a))\nb: "((sizes.a))"\nc: ((sizes.b))\nd: ((versions[cups.0.image]))\n')).toBe(
    'a: 1\nb: "1"\nc: "on"\nd: node:24\n',
  );
  expect(written('a: ((project.name)):ci\nb: $' + '{{ x }}-((sizes.a))\n')).toBe(
    'a: shop:ci\nb: $' + '{{ x }}-1\n',
  );
  expect(written('a: ((sizes))\nb: ((cups.0.ports))\n')).toBe('a: { a: 1, b: "on" }\nb: ["80:80"]\n');
});

test('texts that YAML would read as something else are quoted', () => {
  const texts = [
    '1.20',
    'yes',
    '',
    ' a',
    'a: b',
    'a #b',
    '- a',
    '*a',
    '5432:5432',
    'null',
    '0x1f',
    '.inf',
    '2024-01-02',
    '~',
    'a\nb',
    "it's",
    '#',
    '1e3',
  ];
  const value = { texts };
  const block = writeDocument(
    fill(
      readDocument(
        '$each text of texts: [((text))]\n'.replace('$each', '- $each').replace('[((text))]', '((text))'),
        's',
      ),
      value,
    )!,
    'a.yaml',
  );
  const flow = writeDocument(fill(readDocument('a: ((texts))', 's'), value)!, 'a.yaml');
  expect([parse(block), parse(flow).a]).toEqual([texts, texts]);
  expect([parse(block, { version: '1.1' }), parse(flow, { version: '1.1' }).a]).toEqual([texts, texts]);
});

test('a loop adds entries where it stands, with its blank line and comment', () => {
  const source = `first: 1

# ((cup.about?))
$each cup of cups:
  ((cup.name)):
    image: ((versions[cup.image]))
    ports: ((cup.ports?))
last: [a, $each x of some?: ((x)), $if nothing: b, $if sizes.a: c, $each cup of cups if cup.ports: ((cup.name)), "$each key, value of sizes": "((key))=((value))"]
`;
  expect(written(source)).toBe(`first: 1

# For one.
small:
  image: node:24
  ports: ["80:80"]

large:
  image: node:24
last: [a, c, small, "a=1", "b=on"]
`);
});

test('one value has a name below it, and gives nothing where it is missing', () => {
  const source = `
top: 1
$with cup of cups.0:
  image: ((cup.name))
$with cup of some?:
  none: ((cup.name))
list: [$with cup of cups.0: ((cup.name)), $with cup of some?: x]
`;
  expect(written(source)).toBe('top: 1\nimage: small\nlist: [small]\n');
});

test('a loop over a number counts from one, and a helper makes a value of another', () => {
  expect(written('a:\n  - $each copy of sizes.a:\n      number: ((copy))\nb: ((sizes.a|doubled))\n')).toBe(
    'a:\n  - number: 1\nb: 2\n',
  );
  expect(() => written('b: ((sizes.a|trebled))\n')).toThrow('there is no helper "trebled"');
});

test('a file may have several documents', () => {
  const source = '# The first.\na: 1\n---\nb: ((sizes.a))\n---\n- c\n';
  expect(written(source)).toBe(source.replace('((sizes.a))', '1'));
});

test('sample data is never taken for a part of a document', () => {
  const samples = [
    { kind: 'map', entries: 'x' },
    { kind: 'alias', name: 'x' },
    { kind: 'scalar', text: 'x' },
  ];
  const filled = fill(readDocument('a: ((samples))\n', 'source.yaml'), { samples })!;
  expect(parse(writeDocument(filled, 'a.yaml'))).toEqual({ a: samples });
});

test('what loops and optional references leave empty is left out with its key', () => {
  const source = 'a: 1\nb:\n  c:\n    - $each x of nothing: ((x))\nd: ((cups.1.about?))\ne: {}\n';
  expect(written(source)).toBe('a: 1\ne: {}\n');
});

test('lists become lines, a folded text or words', () => {
  const list = '[a, $each cup of cups: --name ((cup.name))]';
  expect(written(`run:\n  $lines: ${list}\n`)).toBe('run: |\n  a\n  --name small\n  --name large\n');
  expect(written(`run:\n  $folded: ${list}\n`)).toBe('run: >-\n  a\n  --name small\n  --name large\n');
  expect(written(`run:\n  $words: ${list}\n`)).toBe('run: a --name small --name large\n');
});

test('JSON is written as values', () => {
  expect(
    written(
      'name: "((project.name))"\n$each key, value of sizes:\n  ((key)): ((value))\nc: [true, 1.20]\n',
      'a.json',
    ),
  ).toBe(`${JSON.stringify({ name: 'shop', a: 1, b: 'on', c: [true, 1.2] }, null, 2)}\n`);
});

test('TOML has tables, with the comments', () => {
  const source = `tool:
  shop:
    # About the name.
    name: "((project.name))"
    list:
      - a # short
      - longer # long
    flow: [] # empty
    "quoted key": { a: 1, "b c": [true, 1.5] }
  "x y":
    $each key, value of sizes:
      ((key)): ((value))
`;
  expect(written(source, 'a.toml')).toBe(`[tool.shop]
# About the name.
name = "shop"
list = [
    "a",      # short
    "longer", # long
]
flow = [] # empty
"quoted key" = { a = 1, "b c" = [true, 1.5] }

[tool."x y"]
a = 1
b = "on"
`);
});

test('what is wrong is said with its place', () => {
  expect(() => written('a: ((project.title))\n')).toThrow('"project.title" not defined');
  expect(() => written('a: ((versions[project.name]))\n')).toThrow('"versions[project.name]" not defined');
  expect(() => written('a: x ((sizes))\n')).toThrow('"sizes" is no text');
  expect(() => written('a: 1\n$each cup in cups:\n  a: 1\n')).toThrow(
    /source\.yaml:2: "\$each cup in cups" is no loop/,
  );
  expect(() => written('a: 1\na: 2\n')).toThrow(/source\.yaml: Map keys must be unique/);
  const missing = 'a: 1\nb:\n  - c\n  - d: ((project.name))\n    e: ((project.title))\n';
  expect(() => written(missing)).toThrow(expect.objectContaining({ line: 5 }));
  expect(() => written('a: 1\n', 'a.xml')).toThrow('a.xml: data can be written as json, toml, yaml, yml');
});
