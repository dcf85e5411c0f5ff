import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../cli/errors.js';
import { type CommandForm, type ParsedFlags, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';
import { rows } from '../verify/checks/index.js';
import { groups, type Row } from '../verify/checks/row.js';
import { operationLines } from '../verify/contract/lines.js';
import { readNaming, verifyFile } from '../verify/contract/names.js';
import { hidden, hideInText, keepSecretsOfUrl } from '../verify/http/secrets.js';
import { isUrl } from '../verify/http/url.js';
import { isIn, type Profile, profiles } from '../verify/profiles.js';
import { ProjectTarget } from '../verify/project-target.js';
import { annotationsOf, markdownOf } from '../verify/report/annotations.js';
import { isOk } from '../verify/report/arrange.js';
import { badgeOf } from '../verify/report/badge.js';
import { Baseline, baselineName, isDay } from '../verify/report/baseline.js';
import { checklist } from '../verify/report/checklist.js';
import { htmlOf } from '../verify/report/html.js';
import { jsonOf } from '../verify/report/json.js';
import { junitOf } from '../verify/report/junit.js';
import { wantsColour } from '../verify/report/paint.js';
import { openProgress } from '../verify/report/progress.js';
import type { Report, Result } from '../verify/report/result.js';
import { sarifOf } from '../verify/report/sarif.js';
import { summaryText } from '../verify/report/summary.js';
import { ask } from '../verify/runner.js';
import type { Target } from '../verify/target.js';
import { UrlTarget } from '../verify/url-target.js';

const example = 'create-scalable-api verify --only errors,PG2';

export const verifyForm = {
  name: 'verify',
  argument: '[directory|url]',
  about: 'check a project or a running API against the HTTP contract',
  flags: {
    quick: { group: 'verify', about: 'only checks that take seconds' },
    only: {
      group: 'verify',
      value: '<rows>',
      repeatable: true,
      about: 'groups or checks, separated by commas: errors,PG2',
    },
    skip: { group: 'verify', value: '<rows>', repeatable: true, about: 'groups or checks to leave out' },
    profile: {
      group: 'verify',
      value: '<profile>',
      about: `http: ${profiles.http}; scalable: ${profiles.scalable} (the default)`,
    },
    bail: { group: 'verify', about: 'stop at the first failure' },
    balancer: {
      group: 'verify',
      value: '<command>',
      about: 'start this load balancer in front, and ask it what the project leaves to it',
    },
    env: {
      group: 'verify',
      value: '<name=value>',
      repeatable: true,
      about: 'set an environment variable of the project; for settings without a default',
    },
    'no-build': { group: 'verify', about: 'skip the build of the project' },
    write: { group: 'verify', about: 'allow writes on a URL (default: reads only)' },
    load: { group: 'verify', about: 'allow load on a URL' },
    openapi: { group: 'verify', value: '<url|file>', about: 'the OpenAPI document of the API at a URL' },
    baseline: {
      group: 'verify',
      value: '<file>',
      about: `failures that are accepted for now (${baselineName} of the project)`,
    },
    accept: { group: 'verify', value: '<reason>', about: 'write the failures of this run into the baseline' },
    until: { group: 'verify', value: '<day>', about: 'the last day of what --accept writes: 2027-03-31' },
    json: { group: 'verify', about: 'print one JSON document' },
    junit: { group: 'verify', value: '<file>', about: 'write a JUnit report' },
    html: { group: 'verify', value: '<file>', about: 'write a report as a web page' },
    sarif: { group: 'verify', value: '<file>', about: 'write a SARIF report, for code scanning' },
    badge: { group: 'verify', value: '<file>', about: 'write the result as JSON for a badge of shields.io' },
  },
  example,
} as const satisfies CommandForm;

/** The reports that go into a file. */
const reports = [
  ['junit', junitOf],
  ['html', htmlOf],
  ['sarif', sarifOf],
  ['badge', badgeOf],
] as const;

type Flags = ParsedFlags<keyof typeof verifyForm.flags>;

interface VerifyRequest {
  target: string;
  only: string[];
  skip: string[];
  /** Environment variables of the instances, which override those that verify sets. */
  env: Record<string, string>;
  flags: Flags;
}

/**
 * `create-scalable-api verify [directory|url]`.
 * @param argv what follows the word `verify`
 * @returns the exit code: 0 when every row that ran has passed, 1 when one has not or the run failed, 2 when the
 *   call was wrong, 130 when it was cancelled
 */
export async function verify(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  try {
    for (const argument of argv) keepSecretsOfUrl(argument);
    const request = parse(argv);
    return await cancellable((signal) => checkTarget(request, signal));
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

async function checkTarget(request: VerifyRequest, signal: AbortSignal): Promise<number> {
  const { flags } = request;
  const start = performance.now();
  const streams = { stdout: process.stdout, stderr: process.stderr };
  const shown = flags.has('json') ? process.stderr : process.stdout;
  const progress = openProgress({ ...streams, env: process.env, json: flags.has('json') });
  try {
    const stage = (text: string) => progress.stage(text);
    const baseline = baselineOf(request);
    const target: Target = isUrl(request.target)
      ? await UrlTarget.open(request.target, {
          write: flags.has('write'),
          load: flags.has('load'),
          openapi: flags.one('openapi'),
          naming: readNaming(verifyFile),
        })
      : await ProjectTarget.open(request.target, {
          build: !flags.has('no-build'),
          balancer: flags.one('balancer'),
          env: request.env,
          stage,
          signal,
        });
    let asked: Report;
    try {
      const results = await ask(rows, target, selection(request, baseline), progress, signal);
      asked = {
        target: target.name,
        foreign: target.foreign,
        mapped: target.mapped,
        results,
        checklist: checklist(results, target.foreign),
        stale: baseline?.stale(results) ?? [],
        document: documentOf(target.document),
        ms: performance.now() - start,
      };
    } finally {
      await target.close();
    }
    for (const [flag, textOf] of reports) {
      const file = flags.one(flag);
      if (file) fs.writeFileSync(file, textOf(asked));
    }
    if (flags.has('json')) print(jsonOf(asked));
    progress.close();
    shown.write(summaryText(asked, { colour: wantsColour(shown, process.env) }));
    tellRunner(asked, shown);
    const reason = flags.one('accept');
    if (reason === undefined) return isOk(asked) ? 0 : 1;
    const added = baseline!.accept(asked.results, reason, flags.one('until'));
    shown.write(
      `${baseline!.file}: accepts ${added.length === 1 ? '1 failure' : `${added.length} failures`} more\n`,
    );
    return asked.stale.length > 0 ? 1 : 0;
  } finally {
    progress.close();
  }
}

function parse(argv: readonly string[]): VerifyRequest {
  const flags = parseFlags(verifyForm, argv);
  const problems = [...flags.problems];
  const names = (flag: 'only' | 'skip') =>
    flags
      .all(flag)
      .flatMap((text) => text.split(','))
      .map((text) => text.trim());
  const variables = flags.all('env').map((text) => /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? text);
  for (const variable of variables)
    if (typeof variable === 'string')
      problems.push({
        given: `--env ${variable}`,
        possible: 'give a name and a value',
        command: 'create-scalable-api verify --env RATES_URL=http://localhost:4010',
      });
  const profile = flags.one('profile');
  if (profile !== undefined && !(profile in profiles))
    problems.push({
      given: `--profile ${profile}`,
      possible: `is one of ${Object.keys(profiles).join(', ')}`,
      command: 'create-scalable-api verify https://api.example.com --profile http',
    });
  const only = names('only');
  const skip = names('skip');
  const known = [...groups, ...rows.map(({ id }) => id)];
  for (const name of [...only, ...skip])
    if (!known.some((entry) => entry.toLowerCase() === name.toLowerCase()))
      problems.push({
        given: `row "${name}"`,
        possible: `is neither a group (${groups.join(', ')}) nor a row (${rows.map(({ id }) => id).join(', ')})`,
        command: example,
      });
  const [reason, until] = [flags.one('accept'), flags.one('until')];
  const accepting =
    'create-scalable-api verify --accept "known since the change of prices" --until 2027-03-31';
  if (reason?.trim() === '')
    problems.push({ given: '--accept', possible: 'give the reason', command: accepting });
  if (until !== undefined && (reason === undefined || !isDay(until)))
    problems.push({
      given: `--until ${until}`,
      possible: reason === undefined ? 'is for what --accept writes' : 'is no day like 2027-03-31',
      command: accepting,
    });
  if (reason !== undefined && isUrl(flags.argument ?? '.') && flags.one('baseline') === undefined)
    problems.push({
      given: `--accept for ${flags.argument}`,
      possible: 'needs the file of the baseline: an API at a URL has no folder',
      command: `create-scalable-api verify ${flags.argument} --baseline ${baselineName} --accept "${reason}"`,
    });
  if (problems.length > 0) throw new UserError(problems);
  const env = Object.fromEntries(
    variables.flatMap((found) => (typeof found === 'string' ? [] : [[found[1], found[2]]])),
  );
  return { target: flags.argument ?? '.', only, skip, env, flags };
}

/** The baseline of the call; a project has one of its own. */
function baselineOf({ target, flags }: VerifyRequest): Baseline | undefined {
  const file = flags.one('baseline') ?? (isUrl(target) ? undefined : path.join(target, baselineName));
  if (file !== undefined)
    return Baseline.read(
      file,
      rows.map(({ id }) => id),
    );
  return undefined;
}

/** The document as reports point into it. */
function documentOf(file: string | undefined): Report['document'] {
  if (file === undefined || !fs.existsSync(file)) return undefined;
  const relative = path.relative(process.cwd(), file);
  return { file: relative, lines: operationLines(fs.readFileSync(file, 'utf8')) };
}

/** In a job of GitHub Actions: annotations in its log, and its summary. */
function tellRunner(asked: Report, log: NodeJS.WritableStream): void {
  if (process.env.GITHUB_ACTIONS !== 'true') return;
  log.write(annotationsOf(asked));
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) fs.appendFileSync(summary, markdownOf(asked));
}

function selection({ only, skip, flags }: VerifyRequest, baseline: Baseline | undefined) {
  const among = (names: string[], row: Row) =>
    names.some((name) => [row.id, row.group].some((own) => own.toLowerCase() === name.toLowerCase()));
  return {
    bail: flags.has('bail'),
    judge: (result: Result) => baseline?.judge(result) ?? result,
    unwanted(row: Row): string | undefined {
      const profile = (flags.one('profile') ?? 'scalable') as Profile;
      if (!isIn(profile, row)) return `not part of the profile ${profile}`;
      if (only.length > 0 && !among(only, row)) return 'not among --only';
      if (among(skip, row)) return 'among --skip';
      if (row.optional && !only.some((name) => name.toLowerCase() === row.id.toLowerCase()))
        return `optional, asked by --only ${row.id}`;
      if (flags.has('quick') && !row.quick) return 'not part of --quick';
      return undefined;
    },
  };
}
