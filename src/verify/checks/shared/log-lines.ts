import type { Api, Instance } from '../../cluster/api.js';
import { NotApplicable } from '../../contract/not-applicable.js';
import { namedLine } from '../../described/telemetry.js';
import { expectThat } from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';

/** A line of a log that is a JSON object. */
// biome-ignore lint/suspicious/noExplicitAny: a row reads the fields that it expects and fails without them
export type Line = Record<string, any>;

/** Logs may be collected for a moment before they are written. */
const writtenMs = 3000;
/** From the line of a request that comes to that of its response. */
const collectedMs = 200;

/** The header by which a request gets its id. */
export function withId({ contract }: Api, id: string): Record<string, string> {
  return { [(contract.style.names.requestId ?? 'x-request-id').toLowerCase()]: id };
}

/**
 * The line of a request.
 * @throws Mismatch when there is none, or more than one
 * @throws NotApplicable when there is none and nothing says that the API takes ids of requests
 */
export async function lineOf(api: Api, instance: Instance, requestId: string): Promise<Line> {
  const found = () =>
    instance
      .lines()
      .filter((line) => line.includes(requestId))
      .map((line) => lineIn(api, line))
      .filter((line) => line?.requestId === requestId) as Line[];
  const timed = () => found().filter((line) => 'durationMs' in line);
  const mayBeUntimed = !isPromised(api, 'durationMs');
  await until(() => timed().length > 0 || (mayBeUntimed && found().length > 0), writtenMs);
  if (timed().length === 0 && mayBeUntimed) await pause(collectedMs);
  const lines = timed();
  // Some loggers have several lines for a request; the last is that of the response.
  const last = found().at(-1);
  if (lines.length === 0 && last && mayBeUntimed) return last;
  const { names } = api.contract.style;
  if (!api.contract.isOwn && names.requestId === undefined && last === undefined)
    throw new NotApplicable(
      'no line has the id that a request was sent with: `names` of verify.yaml can say which header the API takes it from (`requestId`), and `logFields` where it stands',
    );
  const { requestId: id, durationMs: duration } = api.fleet.telemetry.fields;
  expectThat(
    lines.length === 1,
    `one line with "${id?.field ?? 'requestId'}": "${requestId}" and "${duration?.field ?? 'durationMs'}"`,
    lines.length === 0
      ? (instance.lines().filter((line) => line.includes(requestId))[0] ?? 'no line with that id')
      : `${lines.length} lines`,
  );
  return lines[0]!;
}

/** Whether a line must have a member: in a generated project, and where verify.yaml says what it is called. */
export function isPromised({ contract, fleet }: Api, field: string): boolean {
  return contract.isOwn || fleet.telemetry.fields[field] !== undefined;
}

/** A line with the members that generated projects have, and the route as the document has it. Undefined for no JSON object. */
export function lineIn({ contract, fleet }: Api, text: string): Line | undefined {
  const line = parsed(text);
  if (!line) return undefined;
  const named = namedLine(line, fleet.telemetry.fields);
  if (!contract.isOwn && typeof named.route === 'string') named.route = contract.routeOf(named.route);
  return named;
}

/** Undefined for a line that is no JSON object. */
export function parsed(line: string): Line | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
