import fs from 'node:fs';
import path from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { faultsIn } from '../../catalog/schema-faults.js';
import { type Problem, UserError } from '../../cli/errors.js';
import { verifyFile } from '../contract/names.js';
import type { Description } from './description.js';
import { namesIn, placeholderNames } from './placeholders.js';
import { verifyFileSchema } from './schema.js';
import { assumed, type GivenSetting, unitOf } from './settings.js';
import type { LogField, MetricName } from './telemetry.js';

const example = 'create-scalable-api verify --only lifecycle';
/** Members that say nothing of how a project is run. */
const others = ['names', 'values', 'tables'];

/** A verify.yaml as it stands in the file. */
type Given = Partial<Omit<Description, 'telemetry'>> & {
  metricNames?: Record<string, string | MetricName>;
  logFields?: Record<string, string | LogField>;
};

/** A fault, and the keys that lead to it. */
interface Fault {
  keys: (string | number)[];
  message: string;
}

/**
 * Reads how a project is run.
 * @returns undefined when the folder has no such file, or its file says nothing of how the project is run
 * @throws UserError with a problem for each mistake, at its line
 */
export function readVerifyFile(directory: string): Description | undefined {
  const file = path.join(directory, verifyFile);
  if (!fs.existsSync(file)) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(fs.readFileSync(file, 'utf8'), { lineCounter: lines });
  const refuse = (problems: Omit<Problem, 'command'>[]) => {
    if (problems.length > 0)
      throw new UserError(problems.map((problem) => ({ ...problem, command: example })));
  };
  refuse(
    document.errors.map(({ message, pos: [start] }) => ({
      given: `${file}:${lines.linePos(start).line}`,
      possible: message.split(' at line ')[0]!,
    })),
  );
  const value: unknown = document.toJS() ?? {};
  if (
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((key) => others.includes(key))
  )
    return undefined;
  const at = (faults: Fault[]) =>
    faults.map(({ keys, message }) => ({
      given: `${file}:${lineOf(document, lines, keys)}`,
      possible: `${nameOf(keys)}${message}`,
    }));
  const faults = faultsIn(value, verifyFileSchema).map((fault) => ({
    keys: keysOf(fault.path),
    message: explained(fault.message, keysOf(fault.path)),
  }));
  refuse(at(faults));
  const description = completed(value as Given);
  refuse(at(contradictions(value as Given, description, directory)));
  return description;
}

function completed({ metricNames = {}, logFields = {}, ...given }: Given): Description {
  const settings = (given.settings ?? {}) as Record<string, string | GivenSetting>;
  return {
    ...given,
    start: given.start ?? '',
    health: given.health ?? '',
    instances: given.instances ?? 1,
    variables: asTexts(given.variables ?? {}),
    required: given.required ?? [],
    settings: {
      ...(assumed as Record<string, GivenSetting>),
      ...inLong<GivenSetting>(settings, (variable) => ({ variable })),
    },
    telemetry: {
      metrics: inLong(metricNames, (name) => ({ name })),
      fields: inLong(logFields, (field) => ({ field })),
    },
    openapi: given.openapi ?? 'openapi.yaml',
    leftToBalancer: given.leftToBalancer ?? [],
    ...(given.credentials && {
      credentials: { ...given.credentials, headers: asTexts(given.credentials.headers) },
    }),
  };
}

/** Entries that may be a text for short. */
function inLong<Entry>(
  given: Record<string, string | Entry>,
  made: (text: string) => Entry,
): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(given).map(([name, entry]) => [name, typeof entry === 'string' ? made(entry) : entry]),
  );
}

/** What a schema cannot say. */
function contradictions(given: Given, made: Description, directory: string): Fault[] {
  const faults: Fault[] = [];
  const refuse = (keys: Fault['keys'], message: string) => void faults.push({ keys, message });
  const unknown = Object.entries(made.variables).flatMap(([name, text]) =>
    namesIn(text)
      .filter((used) => !placeholderNames.includes(used))
      .map((used) => ({ name, used })),
  );
  if (given.start === undefined && given.image === undefined)
    refuse([], 'has no `start`, the command that starts one instance, and no `image`');
  if (given.health === undefined)
    refuse([], 'has no `health`, a path that answers 2xx as soon as an instance wants traffic');
  for (const { name, used } of unknown)
    refuse(
      ['variables', name],
      `{${used}} stands for nothing; possible: ${placeholderNames.map((known) => `{${known}}`).join(' ')}`,
    );
  if (unknown.length === 0 && !usesPlaceholder(made, 'port'))
    refuse(['variables'], 'no variable has {port}: each instance gets another port, such as PORT: "{port}"');
  for (const name of made.required)
    if (!(name in made.variables)) refuse(['required'], `${name} is not among \`variables\``);
  for (const [name, { unit, variable }] of Object.entries(made.settings)) {
    if (unit && !unitOf(name)) refuse(['settings', name, 'unit'], 'is for times: the setting is none');
    if (variable !== undefined && variable in made.variables)
      refuse(['settings', name], `${variable} is among \`variables\`, too: say it once`);
  }
  if (!made.openapi.startsWith('/') && !fs.existsSync(path.join(directory, made.openapi)))
    refuse(
      given.openapi === undefined ? [] : ['openapi'],
      given.openapi === undefined
        ? 'has no `openapi`, and there is no openapi.yaml: name a file, or a path that the API serves, such as /v3/api-docs'
        : `there is no file ${made.openapi}; a path that the API serves begins with a slash`,
    );
  if (given.metricNames && given.metrics === undefined)
    refuse(['metricNames'], 'names metrics, and there is no `metrics`, the path where they are');
  if (given.logFields && given.logs === undefined)
    refuse(['logFields'], 'names members of log lines, and there is no `logs: json`');
  faults.push(...credentialFaults(made));
  return faults;
}

function credentialFaults({ credentials, variables }: Description): Fault[] {
  if (!credentials) return [];
  const { requests = [], headers, roles } = credentials;
  const known = new Set(Object.keys(variables).map((name) => `variables.${name}`));
  if (requests.length > 0) for (const name of ['caller', 'random']) known.add(name);
  if (roles) known.add('role');
  const faults: Fault[] = [];
  const judge = (keys: Fault['keys'], value: unknown) => {
    for (const used of namesIn(JSON.stringify(value ?? '')))
      if (!known.has(used))
        faults.push({
          keys,
          message: `{${used}} stands for nothing; possible: ${[...known].map((name) => `{${name}}`).join(' ') || 'none'}`,
        });
  };
  for (const [place, { path: to, json, form, take = {} }] of requests.entries()) {
    const keys = ['credentials', 'requests', place];
    if (json && form) faults.push({ keys, message: 'has `json` and `form`: give one' });
    judge([...keys, 'path'], to);
    judge([...keys, json ? 'json' : 'form'], json ?? form);
    for (const name of Object.keys(take)) known.add(name);
  }
  for (const [name, text] of Object.entries(headers)) judge(['credentials', 'headers', name], text);
  return faults;
}

/** Whether a variable has that name in braces. */
export function usesPlaceholder({ variables }: Pick<Description, 'variables'>, name: string): boolean {
  return Object.values(variables).some((text) =>
    namesIn(text).some((used) => used === name || used.startsWith(`${name}.`)),
  );
}

/** Values as environment variables and forms have them. */
export function asTexts(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** A fault of form, with what belongs there. */
function explained(message: string, keys: Fault['keys']): string {
  if (!/^(does not match|must )/.test(message)) return message;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON Schema
  const found = keys.reduce<any>((schema, key) => {
    const { properties, items, additionalProperties } = schema?.else ?? schema ?? {};
    return typeof key === 'number' ? items : (properties?.[key] ?? additionalProperties);
  }, verifyFileSchema);
  return found?.description ? `${message}: ${found.description}` : message;
}

/** The keys of a path like `credentials.requests[0].path`. */
function keysOf(place: string): Fault['keys'] {
  return [...place.matchAll(/\[("(?:[^"\\]|\\.)*"|\d+)\]|([^.[]+)/g)].map(
    ([, bracket, key]) => key ?? (JSON.parse(bracket!) as string | number),
  );
}

function nameOf(keys: Fault['keys']): string {
  const name = keys.reduce<string>(
    (made, key) => (typeof key === 'number' ? `${made}[${key}]` : made === '' ? key : `${made}.${key}`),
    '',
  );
  return name === '' ? '' : `\`${name}\` `;
}

/** The line of those keys in a file, or of what is nearest above them. */
export function lineIn(file: string, keys: (string | number)[]): number {
  const lines = new LineCounter();
  return lineOf(parseDocument(fs.readFileSync(file, 'utf8'), { lineCounter: lines }), lines, keys);
}

/** The line of those keys, or of what is nearest above them. */
function lineOf(document: Document, lines: LineCounter, keys: Fault['keys']): number {
  for (let length = keys.length; length > 0; length -= 1) {
    const node = document.getIn(keys.slice(0, length), true) as { range?: [number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
