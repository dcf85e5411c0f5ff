import type { Exchange, Response } from './exchange.js';

/** The API does not do what the row expects. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';

  /**
   * @param expected what should have come, e.g. `status 412`
   * @param got what came instead
   * @param about what it was found at, where that is not the last exchange of the row
   */
  constructor(
    readonly expected: string,
    readonly got: string,
    readonly about?: { exchange: Exchange; operations: string[] },
  ) {
    super(`expected ${expected}, got ${got}`);
  }
}

/** @throws Mismatch unless it holds */
export function expectThat(holds: boolean, expected: string, got: unknown): asserts holds {
  if (!holds) throw new Mismatch(expected, shown(got));
}

/** @throws Mismatch unless both are the same JSON */
export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  expectThat(canonical(got) === canonical(wanted), `${what} ${shown(wanted)}`, got);
}

/** @throws Mismatch unless the status is (one of) those */
export function expectStatus(response: Response, ...statuses: number[]): void {
  expectThat(statuses.includes(response.status), `status ${statuses.join(' or ')}`, summary(response));
}

/** The header. @throws Mismatch when it is missing or does not match */
export function expectHeader(response: Response, name: string, pattern = /^/): string {
  const value = response.headers[name.toLowerCase()];
  expectThat(value !== undefined, `a header ${name}`, summary(response));
  expectThat(pattern.test(value), `${name} like ${pattern.source}`, `${name}: ${value}`);
  return value;
}

/** Retry-After in seconds. @throws Mismatch for a quarter of an hour and more: those are milliseconds */
export function expectRetryAfter(response: Response): number {
  return Number(expectHeader(response, 'Retry-After', /^[1-9]\d{0,2}$/));
}

/**
 * Problem details (RFC 9457) of that status.
 * @param slug that the type ends with
 * @returns the body
 */
// biome-ignore lint/suspicious/noExplicitAny: a row reads the fields that it expects and fails without them
export function expectProblem(response: Response, status: number, slug?: string): any {
  expectStatus(response, status);
  expectHeader(response, 'content-type', /^application\/problem\+json\b/i);
  const body = response.json();
  for (const member of ['type', 'title', 'detail', 'instance', 'requestId'])
    expectThat(
      typeof body[member] === 'string' && body[member] !== '',
      `a member "${member}" in the problem details`,
      response.text,
    );
  expectEqual(body.status, status, 'the member "status"');
  if (slug) expectThat(isOfType(body, slug), `a problem of type "${slug}"`, body.type);
  return body;
}

/** Whether the type of a problem ends with that slug, whatever URI is before it. */
export function isOfType(problem: { type?: unknown }, slug: string): boolean {
  return new RegExp(`(^|[^a-z])${slug}$`).test(String(problem.type));
}

/** A response in a line, for messages. */
export function summary({ status, text }: Response): string {
  const start = text.slice(0, 300).replace(/\s+/g, ' ');
  return `status ${status}${start === '' ? ' without a body' : `: ${start}`}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry) =>
    entry !== null && typeof entry === 'object' && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
