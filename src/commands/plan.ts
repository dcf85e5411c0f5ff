import { readManifest } from '../answers/manifest.js';
import { workloadFlags, workloadOf } from '../answers/workload-flags.js';
import { explain } from '../capacity/explain.js';
import { type Measured, measure } from '../capacity/measured.js';
import { planJson, planText } from '../capacity/report.js';
import { fitScalability, type Point, pointsNeeded } from '../capacity/scalability.js';
import { defaultWorkload, isWorkload, type Workload, workloadKeys } from '../capacity/workload.js';
import { type Problem, UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';

const scalingExample = 'create-scalable-api plan --scaling 1:480,2:930,4:1700,6:2300,8:2700,12:3100';
const usualSeconds = 10;

export const planForm = {
  name: 'plan',
  argument: '[directory]',
  about: 'explain the sizes of pools, instances, limits and timeouts',
  flags: {
    ...workloadFlags,
    from: { group: 'plan', value: '<url>', about: 'measure a running instance; the URL of its metrics' },
    seconds: {
      group: 'plan',
      value: '<number>',
      about: `duration of the measurement (${usualSeconds})`,
    },
    scaling: {
      group: 'plan',
      value: '<n:rps,...>',
      about: 'measured requests per second with n instances; fits the scaling limit',
    },
    json: { group: 'plan', about: 'print one JSON document' },
  },
  example: 'create-scalable-api plan --peak-rps 2000 --p95-ms 80',
} as const satisfies CommandForm;

interface PlanRequest {
  directory: string | undefined;
  load: Partial<Workload>;
  from: string | undefined;
  seconds: number;
  scaling: Point[] | undefined;
  json: boolean;
}

/**
 * `create-scalable-api plan [directory]`.
 * @param argv what follows the word `plan`
 * @returns the exit code: 0 when the plan was printed, even with warnings, 1 when an instance could not be measured, 2
 *   when the call was wrong, 130 when it was cancelled
 */
export async function plan(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  try {
    const request = parse(argv);
    const project = request.directory === undefined ? undefined : projectOf(request.directory);
    const measured = await cancellable(async (signal) => measuredLoad(request, signal));
    const load = { ...defaultWorkload, ...project?.load, ...measured?.load, ...request.load };
    const scalability = request.scaling && fitScalability(request.scaling);
    const explained = explain(load, scalability, project?.hasWorkers);
    if (request.json) print(planJson(explained, measured));
    else process.stdout.write(planText(explained, measured));
    return 0;
  } catch (error) {
    return report(error, argv.includes('--json'));
  }
}

async function measuredLoad(
  { from, seconds }: PlanRequest,
  signal: AbortSignal,
): Promise<Measured | undefined> {
  if (from === undefined) return undefined;
  process.stderr.write(`Measuring ${from} for ${seconds} s.\n`);
  return measure(from, seconds, signal);
}

function parse(argv: readonly string[]): PlanRequest {
  const flags = parseFlags(planForm, argv);
  const problems = [...flags.problems];
  const load = workloadOf(flags, problems);
  const points = flags.one('scaling');
  const scaling = points === undefined ? undefined : pointsOf(points, problems);
  const from = flags.one('from');
  if (from !== undefined && !/^https?:\/\//.test(from))
    problems.push({
      given: `--from ${from}`,
      possible: 'takes the URL of the metrics of an instance',
      command: 'create-scalable-api plan --from http://localhost:9464/metrics',
    });
  const seconds = Number(flags.one('seconds') ?? usualSeconds);
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600))
    problems.push({
      given: `--seconds ${flags.one('seconds')}`,
      possible: 'takes a whole number from 1 to 3600',
      command: 'create-scalable-api plan --from http://localhost:9464/metrics --seconds 30',
    });
  if (problems.length > 0) throw new UserError(problems);
  return { directory: flags.argument, load, from, seconds, scaling, json: flags.has('json') };
}

function pointsOf(text: string, problems: Problem[]): Point[] {
  const points = text.split(',').flatMap((pair) => {
    const [, instances, throughput] = /^\s*(\d{1,4}):(\d{1,9}(?:\.\d+)?)\s*$/.exec(pair) ?? [];
    return Number(instances) > 0 && Number(throughput) > 0
      ? [{ instances: Number(instances), throughput: Number(throughput) }]
      : [];
  });
  const sizes = new Set(points.map(({ instances }) => instances)).size;
  if (points.length < text.split(',').length || points.length < pointsNeeded || sizes < pointsNeeded / 2)
    problems.push({
      given: `--scaling ${text}`,
      possible: `takes at least ${pointsNeeded} pairs instances:requests-per-second, of at least ${pointsNeeded / 2} numbers of instances`,
      command: scalingExample,
    });
  return points;
}

/** The load that a project was made for, and whether it has workers. */
function projectOf(directory: string): { load: Partial<Workload>; hasWorkers: boolean } {
  const { answers, run } = readManifest(directory, {
    possible: 'give the folder of a project, or none',
    command: planForm.example,
  });
  const given: Record<string, unknown> = answers.load;
  const load = Object.fromEntries(
    workloadKeys.flatMap((key) => (isWorkload(key, given[key]) ? [[key, given[key]]] : [])),
  );
  return { load, hasWorkers: (run.workerCommand ?? []).length > 0 };
}
