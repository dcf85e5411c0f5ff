import type { Instance } from '../../cluster/api.js';
import { expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';

/** A line of a log that is a JSON object. */
// biome-ignore lint/suspicious/noExplicitAny: a row reads the fields that it expects and fails without them
export type Line = Record<string, any>;

/** Logs may be collected for a moment before they are written. */
const writtenMs = 3000;

/** The line of a request. @throws Mismatch when there is none, or more than one */
export async function lineOf(instance: Instance, requestId: string): Promise<Line> {
  const found = () =>
    instance
      .lines()
      .filter((line) => line.includes(requestId))
      .map(parsed)
      .filter((line) => line?.requestId === requestId && 'durationMs' in line);
  await until(() => found().length > 0, writtenMs);
  const lines = found();
  expectThat(
    lines.length === 1,
    `one line with "requestId": "${requestId}" and "durationMs"`,
    lines.length === 0
      ? (instance.lines().filter((line) => line.includes(requestId))[0] ?? 'no line with that id')
      : `${lines.length} lines`,
  );
  return lines[0]!;
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
