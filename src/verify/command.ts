import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { nearest } from '../args.js';
import { cancellable } from '../cancellation.js';
import { type Problem, UserError } from '../errors.js';
import { print, report, surviveLostReader } from '../output.js';
import { checklist } from './checklist.js';
import { ProjectTarget } from './project-target.js';
import { htmlOf } from './report/html.js';
import { jsonOf } from './report/json.js';
import { junitOf } from './report/junit.js';
import { wantsColour } from './report/paint.js';
import { openProgress } from './report/progress.js';
import { summaryText } from './report/summary.js';
import type { Report } from './result.js';
import { groups, type Row } from './row.js';
import { rows } from './rows/index.js';
import { ask } from './runner.js';
import { hidden, hideInText, keepSecretsOfUrl } from './secrets.js';
import { UrlTarget } from './url-target.js';

const options = {
  only: { type: 'string', multiple: true },
  skip: { type: 'string', multiple: true },
  bail: { type: 'boolean' },
  quick: { type: 'boolean' },
  write: { type: 'boolean' },
  load: { type: 'boolean' },
  'no-build': { type: 'boolean' },
  openapi: { type: 'string' },
  json: { type: 'boolean' },
  junit: { type: 'string' },
  html: { type: 'string' },
} as const;

const example = 'create-scalable-api verify --only errors,PG2';

interface Call {
  target: string;
  only: string[];
  skip: string[];
  values: {
    bail?: boolean;
    quick?: boolean;
    write?: boolean;
    load?: boolean;
    'no-build'?: boolean;
    openapi?: string;
    json?: boolean;
    junit?: string;
    html?: string;
  };
}

/**
 * `create-scalable-api verify [directory|url]`.
 * @param argv what follows the word `verify`
 * @returns the exit code: 0 when every row that was asked has passed, 1 when one has not or the run failed, 2 when the
 *   call was wrong, 130 when it was cancelled
 */
export async function verify(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  try {
    for (const argument of argv) keepSecretsOfUrl(argument);
    const call = read(argv);
    return await cancellable((signal) => run(call, signal));
  } catch (error) {
    return report(withoutSecrets(error as Error), argv.includes('--json'));
  }
}

/** An error as it may be shown: it can hold addresses, and what commands have printed. */
function withoutSecrets(error: Error): Error {
  const hide = (text: string) => hideInText(text, hidden);
  if (error instanceof UserError) {
    const problems = error.problems.map((problem) => ({
      given: hide(problem.given),
      possible: hide(problem.possible),
      ...(problem.command === undefined ? {} : { command: hide(problem.command) }),
    }));
    return new UserError(problems, error.exitCode);
  }
  error.message = hide(error.message);
  error.stack = hide(error.stack ?? '');
  return error;
}

async function run(call: Call, signal: AbortSignal): Promise<number> {
  const { values } = call;
  const start = performance.now();
  const streams = { stdout: process.stdout, stderr: process.stderr };
  const told = values.json ? process.stderr : process.stdout;
  const progress = openProgress({ ...streams, env: process.env, json: values.json === true });
  try {
    const stage = (text: string) => progress.stage(text);
    const target = /^https?:\/\//.test(call.target)
      ? await UrlTarget.open(call.target, {
          write: values.write === true,
          load: values.load === true,
          openapi: values.openapi,
        })
      : await ProjectTarget.open(call.target, { build: !values['no-build'], stage, signal });
    let asked: Report;
    try {
      const results = await ask(rows, target, selection(call), progress, signal);
      asked = {
        target: target.name,
        results,
        checklist: checklist(results),
        ms: performance.now() - start,
      };
    } finally {
      await target.close();
    }
    if (values.junit) fs.writeFileSync(values.junit, junitOf(asked));
    if (values.html) fs.writeFileSync(values.html, htmlOf(asked));
    if (values.json) print(jsonOf(asked));
    progress.close();
    told.write(summaryText(asked, { colour: wantsColour(told, process.env) }));
    return asked.results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  } finally {
    progress.close();
  }
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
}

function read(argv: readonly string[]): Call {
  const { values, positionals, tokens } = parse(argv);
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const known = (options as Record<string, { type: string }>)[token.name];
    if (!known) {
      const near = nearest(token.name, Object.keys(options));
      problems.push({
        given: token.rawName,
        possible: `is not an option of verify${near ? `; did you mean --${near}?` : ''}`,
        command: 'create-scalable-api --help',
      });
    } else if (known.type === 'string' && !token.value)
      problems.push({ given: token.rawName, possible: 'needs a value', command: example });
  }
  for (const word of positionals.slice(1))
    problems.push({
      given: word,
      possible: 'unexpected argument',
      command: 'create-scalable-api verify shop',
    });
  const names = (given: unknown) =>
    ((given ?? []) as string[]).flatMap((text) => String(text).split(',')).map((text) => text.trim());
  const only = names(values.only);
  const skip = names(values.skip);
  const known = [...groups, ...rows.map(({ id }) => id)];
  for (const name of [...only, ...skip])
    if (!known.some((entry) => entry.toLowerCase() === name.toLowerCase()))
      problems.push({
        given: `row "${name}"`,
        possible: `is neither a group (${groups.join(', ')}) nor a row (${rows.map(({ id }) => id).join(', ')})`,
        command: example,
      });
  if (problems.length > 0) throw new UserError(problems);
  return { target: positionals[0] ?? '.', only, skip, values: values as Call['values'] };
}

function selection({ only, skip, values }: Call) {
  const among = (names: string[], row: Row) =>
    names.some((name) => [row.id, row.group].some((own) => own.toLowerCase() === name.toLowerCase()));
  return {
    bail: values.bail === true,
    unwanted(row: Row): string | undefined {
      if (only.length > 0 && !among(only, row)) return 'not among --only';
      if (among(skip, row)) return 'among --skip';
      if (values.quick && !row.quick) return 'not part of --quick';
      return undefined;
    },
  };
}
