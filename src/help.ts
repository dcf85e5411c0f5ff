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
  return `Creates a complete API project that is ready to scale.

Usage
  create-scalable-api [directory] [options]   create a project; prompts for missing options
  create-scalable-api list                    list the values of each option
  create-scalable-api plan [directory]        explain the sizes of pools, instances, limits and timeouts
  create-scalable-api verify [directory|url]  check a project or a running API against the HTTP contract

Choices (the first is the default)
${table(choices)}

Project
${table([
  ['--resource <spec>', 'a resource of the API, instead of the sample; repeatable'],
  ['--preset <name>', presets],
  ['--answers <file|->', 'answers as JSON, from a file or standard input'],
  ['--package-manager <name>', `of the framework's language: ${[...new Set(managers)].join(', ')}`],
])}

Load (sizes pools, limits, timeouts, instances and alerts; also options of plan)
${table(loadKeys.map((key) => [`--${loadOptions[key].flag} <number>`, `${loadOptions[key].about} (${loadOptions[key].default})`]))}

Run
${table([
  ['--yes', 'use the defaults for missing options'],
  ['--dry-run', 'list the files, write nothing'],
  ['--merge', 'create in a folder that is not empty; fails if a file exists'],
  ['--json', 'print one JSON document'],
  ['--no-install', 'do not install packages'],
  ['--no-git', 'do not create a git repository'],
  ['--version', ''],
  ['--help', ''],
])}

Plan
${table([
  ['--from <url>', 'measure a running instance; the URL of its metrics'],
  ['--seconds <number>', 'duration of the measurement (10)'],
  ['--scaling <n:rps,...>', 'measured requests per second with n instances; fits the scaling limit'],
  ['--json', 'print one JSON document'],
])}

Verify
${table([
  ['--quick', 'only checks that take seconds'],
  ['--only <rows>, --skip <rows>', 'groups or checks, separated by commas: errors,PG2'],
  ['--bail', 'stop at the first failure'],
  ['--no-build', 'skip the build of the project'],
  ['--write, --load', 'allow writes, or load, on a URL (default: reads only)'],
  ['--openapi <url|file>', 'the OpenAPI document of the API at a URL'],
  ['--json, --junit <file>, --html <file>', 'write a report'],
])}

Examples
  create-scalable-api shop
  create-scalable-api shop --yes
  create-scalable-api shop --preset minimal
  create-scalable-api shop --yes --resource "order: total:decimal, status:enum(pending|paid)+, note:text?"
  create-scalable-api verify shop --html report.html

Types of fields: string(min,max) text integer decimal boolean enum(a|b) uuid date datetime ref(resource)
Marks: ? nullable  ! unique  + indexed and filterable

Exit codes: 0 success, 1 failure or a failed check, 2 invalid usage, 130 cancelled
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
  return `${rows.join('\n\n')}\n\npreset: Named sets of options\n${table(presets)}\n`;
}

function table(rows: string[][]): string {
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
}
