import { axes, flagOf } from './axes.js';
import type { Catalog } from './catalog.js';
import { loadKeys, loadOptions } from './load.js';

/** The text of `--help`. Made at build time, so that showing it needs nothing else. */
export function helpText(catalog: Catalog): string {
  const choices = axes.map(({ name }) => [
    `--${flagOf(name)} <value>`,
    catalog
      .values(name)
      .map((value) => value.name)
      .join(', '),
  ]);
  const presets = catalog.presets.map(({ name }) => name).join(', ');
  const managers = catalog
    .values('framework')
    .flatMap(({ name }) => catalog.packageManagers(name).map((manager) => manager.name));
  return `Makes a complete API project that is ready to grow.

Usage
  create-scalable-api [directory] [options]   make a project; asks for what the options leave open
  create-scalable-api list                    what can be chosen, and what goes with what
  create-scalable-api plan [directory]        the arithmetic behind pools, instances, limits and timeouts
  create-scalable-api verify [directory|url]  ask a project, or a running API, for what the contract promises

Choices (the first is the default)
${table(choices)}

Project
${table([
  ['--resource <spec>', 'a resource of the API instead of the sample; may be repeated'],
  ['--preset <name>', presets],
  ['--answers <file|->', 'answers as JSON, from a file or standard input'],
  ['--package-manager <name>', `of the framework's language: ${[...new Set(managers)].join(', ')}`],
])}

Load (sizes pools, limits, timeouts, instances and alerts; the same for plan)
${table(loadKeys.map((key) => [`--${loadOptions[key].flag} <number>`, `${loadOptions[key].about} (${loadOptions[key].default})`]))}

Run
${table([
  ['--yes', 'take the defaults for what is not given'],
  ['--dry-run', 'show what would be written, write nothing'],
  ['--merge', 'add to a folder that is not empty; refused if a file is there already'],
  ['--json', 'print one JSON document and nothing else'],
  ['--no-install', 'do not install packages'],
  ['--no-git', 'do not make a repository'],
  ['--version', ''],
  ['--help', ''],
])}

Plan
${table([
  ['--from <url>', 'measure a running instance: the URL of its metrics'],
  ['--seconds <number>', 'for how long (10)'],
  ['--scaling <n:rps,...>', 'requests per second measured with n instances; fits the limit of scaling'],
  ['--json', 'print one JSON document and nothing else'],
])}

Verify
${table([
  ['--quick', 'only what takes seconds'],
  ['--only <rows>, --skip <rows>', 'groups or rows, separated by commas: errors,PG2'],
  ['--bail', 'stop at the first row that fails'],
  ['--no-build', 'take the project as it was built before'],
  ['--write, --load', 'allow changes, or load, on a URL; neither is made without'],
  ['--openapi <url|file>', 'the OpenAPI document of the API at a URL'],
  ['--json, --junit <file>, --html <file>', 'reports for programs, CI servers and people'],
])}

Examples
  create-scalable-api shop
  create-scalable-api shop --yes
  create-scalable-api shop --preset minimal
  create-scalable-api shop --yes --resource "order: total:decimal, status:enum(pending|paid)+, note:text?"
  create-scalable-api verify shop --html report.html

Types of fields: string(min,max) text integer decimal boolean enum(a|b) uuid date datetime ref(resource)
Marks: ? nullable  ! unique  + indexed and filterable

Exit codes: 0 done, 1 failed or a row has failed, 2 the call was wrong, 130 cancelled
`;
}

/** The text of `list`. */
export function listText(catalog: Catalog): string {
  const rows = axes.map(({ name, question }) => {
    const values = catalog
      .values(name)
      .map((value) => [
        `  ${value.name}`,
        [value.title, value.hint].filter((text) => text !== '').join(': '),
      ]);
    return `${flagOf(name)}: ${question}\n${table(values)}`;
  });
  const presets = catalog.presets.map(({ name, hint, answers }) => [
    `  ${name}`,
    `${hint} (${Object.values(answers).join(', ')})`,
  ]);
  return `${rows.join('\n\n')}\n\npreset: Answers under a name\n${table(presets)}\n`;
}

function table(rows: string[][]): string {
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
}
