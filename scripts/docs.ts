import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { axes, flagOf } from '../src/catalog/axes.js';
import { catalogOf } from '../src/catalog/compile.js';
import { readLayers } from '../src/catalog/template-files.js';
import { helpText } from '../src/commands/help.js';
import { rows as checks } from '../src/verify/checks/index.js';
import { groups, questions } from '../src/verify/checks/row.js';
import { readScores, scoreText } from '../tests/mutation/score.js';
import { sizesTable } from './docs/sizes.js';
import { schemaText, slotsPage } from './docs/slots.js';
import { suites } from './slow-suites.js';

// npm run docs [-- --check]: brings what the documents say of the catalogue and the rows, the page and the schema of slots,
// and the terminal picture up to date.
const root = path.resolve(import.meta.dirname, '..');
const catalog = catalogOf(path.join(root, 'templates'));
const layers = readLayers(path.join(root, 'templates'));

const choices = axes.filter(({ name }) => catalog.values(name).length > 1);
const values = choices.map(
  ({ name }) =>
    `| \`--${flagOf(name)}\` | ${catalog
      .values(name)
      .map((value) => `\`${value.name}\``)
      .join(', ')} |`,
);
const presets = catalog.presets.map(
  ({ name, hint, answers }) => `| \`${name}\` | ${hint} | ${Object.values(answers).join(', ')} |`,
);
const blocks: Record<string, string> = {
  axes: ['| axis | values, the default first |', '|---|---|', ...values].join('\n'),
  presets: ['| preset | for | values |', '|---|---|---|', ...presets].join('\n'),
  help: `\`\`\`\n${helpText(catalog)}\`\`\``,
  rows: groups.map(groupText).join('\n\n'),
  score: scoreText(readScores()),
  sizes: sizesTable(path.join(root, 'templates'), catalog),
  suites: suitesTable(),
};

/** The slow suites: what each checks, needs, and takes. */
function suitesTable(): string {
  return [
    '| suite | what it checks | requirements | seconds |',
    '|---|---|---|---|',
    ...suites.map(
      ({ name, checks, needs, seconds }) => `| \`${name}\` | ${checks} | ${needs} | ${seconds} |`,
    ),
  ].join('\n');
}

/** The checks of a group of `verify`, with their sources and purpose. */
function groupText(group: (typeof groups)[number]): string {
  const entries = checks.filter((row) => row.group === group);
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const asked = entries.map(
    ({ id, title, expected, source, remedy, evidence, quick, optional }) =>
      `| ${id}${quick ? ' ⚡' : ''}${optional ? ' ◇' : ''} | ${cell(title)} | ${cell(expected)} | ${cell(source)} | ${cell(remedy)} | ${evidence.map((name) => questions[name]).join(' ')} |`,
  );
  const title = group[0]!.toUpperCase() + group.slice(1);
  return [
    `### ${title}`,
    '',
    '| row | checks | expected | source | when it fails | evidence for |',
    '|---|---|---|---|---|---|',
    ...asked,
  ].join('\n');
}

/** A page with its marked blocks brought up to date. */
function page(file: string): string {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  return Object.entries(blocks).reduce(
    (made, [name, block]) =>
      made.replace(
        new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`),
        (_, begin: string, end: string) => `${begin}\n${block}\n${end}`,
      ),
    text,
  );
}

/** A picture of a terminal. */
function terminal(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'docs-'));
  const args = ['shop', '--preset', 'production', '--no-install', '--no-git'];
  const output = execFileSync('node', [path.join(root, 'dist/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  fs.rmSync(folder, { recursive: true });
  const lines = [
    `$ npx create-scalable-api ${args.join(' ')}`,
    ...output.replace(folder, '~').trimEnd().split('\n'),
  ];
  const escaped = (line: string) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const rows = lines.map((line, index) => `<text x="20" y="${52 + index * 19}">${escaped(line)}</text>`);
  const width = 40 + Math.max(...lines.map((line) => line.length)) * 7.9;
  const height = 60 + lines.length * 19;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="13" fill="#d6deeb">
<rect width="100%" height="100%" rx="8" fill="#10151f"/>
<circle cx="20" cy="18" r="5" fill="#ff5f57"/><circle cx="38" cy="18" r="5" fill="#febc2e"/><circle cx="56" cy="18" r="5" fill="#28c840"/>
<g xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`;
}

const pages = {
  'README.md': page('README.md'),
  'CONTRIBUTING.md': page('CONTRIBUTING.md'),
  'docs/verify.md': page('docs/verify.md'),
  'docs/slots.md': slotsPage(layers),
  'templates/layer.schema.json': schemaText(layers),
  'docs/terminal.svg': terminal(),
};
for (const [file, text] of Object.entries(pages)) {
  const full = path.join(root, file);
  if (!process.argv.includes('--check')) fs.writeFileSync(full, text);
  else if (!fs.existsSync(full) || fs.readFileSync(full, 'utf8') !== text) {
    console.error(`${file} is not up to date: npm run build && npm run docs`);
    process.exitCode = 1;
  }
}
