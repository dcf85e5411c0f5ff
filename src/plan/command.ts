import { parseArgs } from 'node:util';
import { nearest, readLoad } from '../args.js';
import { cancellable } from '../cancellation.js';
import { type Problem, UserError } from '../errors.js';
import { defaultLoad, isLoad, type Load, loadKeys, loadOptions } from '../load.js';
import { readManifest } from '../manifest.js';
import { print, report, surviveLostReader } from '../output.js';
import { explain } from './explain.js';
import { type Measured, measure } from './measured.js';
import { planJson, planText } from './report.js';
import { fitScalability, type Point, pointsNeeded } from './scalability.js';

const ownOptions = ['from', 'seconds', 'scaling', 'json'] as const;
const example = 'create-scalable-api plan --peak-rps 2000 --p95-ms 80';
const scalingExample = 'create-scalable-api plan --scaling 1:480,2:930,4:1700,6:2300,8:2700,12:3100';
const usualSeconds = 10;

interface Call {
  directory: string | undefined;
  load: Partial<Load>;
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
    const call = read(argv);
    const project = call.directory === undefined ? {} : loadOf(call.directory);
    const measured = await cancellable(async (signal) => measuredLoad(call, signal));
    const load = { ...defaultLoad, ...project, ...measured?.load, ...call.load };
    const told = explain(load, call.scaling && fitScalability(call.scaling));
    if (call.json) print(planJson(told, measured));
    else process.stdout.write(planText(told, measured));
    return 0;
  } catch (error) {
    return report(error, argv.includes('--json'));
  }
}

async function measuredLoad({ from, seconds }: Call, signal: AbortSignal): Promise<Measured | undefined> {
  if (from === undefined) return undefined;
  process.stderr.write(`Measuring ${from} for ${seconds} s.\n`);
  return measure(from, seconds, signal);
}

function read(argv: readonly string[]): Call {
  const flags: string[] = [...ownOptions, ...loadKeys.map((key) => loadOptions[key].flag)];
  const options = Object.fromEntries(
    flags.map((name) => [name, { type: name === 'json' ? ('boolean' as const) : ('string' as const) }]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const problems: Problem[] = [];
  const values = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value = '' } = token;
    if (!flags.includes(name)) {
      const near = nearest(name, flags);
      problems.push({
        given: rawName,
        possible: `is not an option of plan${near ? `; did you mean --${near}?` : ''}`,
        command: 'create-scalable-api --help',
      });
    } else if (name !== 'json' && value === '')
      problems.push({ given: rawName, possible: 'needs a value', command: example });
    else values.set(name, value);
  }
  for (const word of words.slice(1))
    problems.push({
      given: word,
      possible: 'unexpected argument',
      command: 'create-scalable-api plan shop',
    });
  const load: Partial<Load> = {};
  for (const key of loadKeys) {
    const text = values.get(loadOptions[key].flag);
    if (text !== undefined) readLoad(load, key, text, problems);
  }
  const scaling = values.has('scaling') ? pointsOf(values.get('scaling')!, problems) : undefined;
  const from = values.get('from');
  if (from !== undefined && !/^https?:\/\//.test(from))
    problems.push({
      given: `--from ${from}`,
      possible: 'takes the URL of the metrics of an instance',
      command: 'create-scalable-api plan --from http://localhost:9464/metrics',
    });
  const seconds = Number(values.get('seconds') ?? usualSeconds);
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600))
    problems.push({
      given: `--seconds ${values.get('seconds')}`,
      possible: 'takes a whole number from 1 to 3600',
      command: 'create-scalable-api plan --from http://localhost:9464/metrics --seconds 30',
    });
  if (problems.length > 0) throw new UserError(problems);
  return { directory: words[0], load, from, seconds, scaling, json: values.has('json') };
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

/** The load that a project was made for. */
function loadOf(directory: string): Partial<Load> {
  const { answers } = readManifest(directory, {
    possible: 'give the folder of a project, or none',
    command: example,
  });
  const load: Record<string, unknown> = answers.load;
  return Object.fromEntries(loadKeys.flatMap((key) => (isLoad(key, load[key]) ? [[key, load[key]]] : [])));
}
