import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from '../../src/answers/request.js';
import { resolve } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { parseFlags } from '../../src/cli/flags.js';
import { completionScripts } from '../../src/commands/completion-scripts.js';
import { forms, helpText, valuesOf } from '../../src/commands/help.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));

test.each(forms.map((form) => [form.name || 'create', form] as const))(
  '%s: help has each flag, and parsing takes it',
  (_, form) => {
    const help = helpText(catalog);
    for (const [name, flag] of Object.entries(form.flags)) {
      const there = valuesOf(catalog, flag).length !== 1;
      expect([name, new RegExp(`^ {2}--${name}( |$)`, 'm').test(help)]).toEqual([name, there]);
      const given = parseFlags(form, flag.value === undefined ? [`--${name}`] : [`--${name}`, 'x']);
      expect([given.problems, given.has(name)]).toEqual([[], true]);
    }
  },
);

test('every form refuses what its table does not have', () => {
  for (const form of forms) {
    const { problems } = parseFlags(form, ['a', 'b', '--nowhere', '-x']);
    const given = problems.map((problem) => problem.given);
    expect(given).toEqual(
      expect.arrayContaining(['--nowhere', '-x', ...(form.argument?.includes('...') ? [] : ['b'])]),
    );
  }
  const [text, flag] = [['--only'], ['--bail=yes']].map(
    (argv) => parseFlags(forms.find(({ name }) => name === 'verify')!, argv).problems[0],
  );
  expect([text?.possible, flag?.possible]).toEqual(['needs a value', 'takes no value']);
});

test.each([
  [['create-scalable-api', '--da'], ['--database']],
  [['create-scalable-api', 'ver'], ['verify']],
  [
    ['create-scalable-api', 'shop', '--database', ''],
    ['postgresql', 'mysql', 'sqlite'],
  ],
  [['create-scalable-api', 'verify', '--bai'], ['--bail']],
])('a shell completes %j', (words, completed) => {
  const script = `${completionScripts(catalog).bash}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _create_scalable_api; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual(completed);
});

test('the package manager is chosen as every other value', () => {
  const managerOf = (argv: string[], caller?: string) => {
    const resolved = resolve(catalog, parse(['shop', ...argv], caller));
    return Array.isArray(resolved) ? resolved[0]!.possible : resolved.answers.packageManager;
  };
  expect(managerOf([])).toBe('npm');
  expect(managerOf([], 'pnpm')).toBe('pnpm');
  expect(managerOf(['--framework', 'fastapi'], 'pnpm')).toBe('uv');
  expect(managerOf(['--framework', 'fastapi', '--package-manager', 'npm'])).toBe('possible: uv');
  expect(managerOf(['--package-manager', 'npn'])).toContain('did you mean npm?');
});
