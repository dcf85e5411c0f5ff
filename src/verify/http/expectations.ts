import type { Exchange, Response } from './exchange.js';
import { namedIn, type Style } from './style.js';

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

/** A mismatch that leaves nothing to ask in other rows: they would all fail for it. */
export class Hindrance extends Mismatch {
  override readonly name = 'Mismatch';

  /** @param what cannot be done, as the reason of those rows: `could not make an item` */
  constructor(
    readonly what: string,
    expected: string,
    got: string,
    about?: Mismatch['about'],
  ) {
    super(expected, got, about);
  }
}

/** A process of the project has ended by itself: the cause of every other failure of the row. */
export class Crash extends Mismatch {
  override readonly name = 'Mismatch';

  /**
   * @param got how it ended, and its last lines of output
   * @param what the reason why later rows are not asked; undefined when the process has started again
   */
  constructor(
    got: string,
    readonly what?: string,
  ) {
    super('a process that goes on', got);
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

/** What RFC 9110 lets an API answer instead, where its document has no problems of generated projects. */
const alternatives: Record<number, readonly number[]> = {
  400: [422],
  404: [410],
  405: [501],
  413: [400, 422],
  414: [400, 404],
  415: [400, 422],
  422: [400],
  503: [500, 502, 504],
};

/**
 * Problem details (RFC 9457) of that status, as far as the document of the API describes them; else the status alone.
 * @param slug that the type ends with, in generated projects
 * @returns the body; an empty object when there is none in JSON
 */
// biome-ignore lint/suspicious/noExplicitAny: a row reads the fields that it expects and fails without them
export function expectProblem(response: Response, status: number, slug?: string): any {
  const problems = response.style?.problems ?? 'contract';
  if (problems !== 'contract') return expectForeignProblem(response, status, problems);
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

function expectForeignProblem(response: Response, status: number, problems: Style['problems']) {
  expectStatus(response, status, ...(alternatives[status] ?? []));
  const isProblem = /^application\/problem\+json\b/i.test(response.headers['content-type'] ?? '');
  if (problems === 'rfc9457') expectHeader(response, 'content-type', /^application\/problem\+json\b/i);
  if (!isProblem) return /json/i.test(response.headers['content-type'] ?? '') ? response.json() : {};
  const body = response.json();
  // Section 3.1: every member may be left out; `status` is that of the answer, and `type` a reference.
  if (body.status !== undefined) expectEqual(body.status, response.status, 'the member "status"');
  for (const member of ['type', 'title', 'detail', 'instance'])
    expectThat(['undefined', 'string'].includes(typeof body[member]), `"${member}" as a text`, response.text);
  return body;
}

/**
 * A refusal names what is wrong, where the document says that it does.
 * @param name of a parameter or a member of the body
 * @throws Mismatch unless the error names it
 */
export function expectNamed(response: Response, kind: 'parameter' | 'pointer', name: string): void {
  const { problems = 'contract', namesFields = [] } = response.style ?? {};
  if (problems === 'contract') {
    const wanted = kind === 'pointer' ? `#/${name}` : name;
    const { errors = [] } = response.json();
    const named = errors?.some((error: Record<string, unknown>) => error[kind] === wanted);
    const what = kind === 'pointer' ? `the pointer "${wanted}"` : `the parameter "${name}"`;
    expectThat(named, `an error ${kind === 'pointer' ? 'with' : 'for'} ${what}`, response.text);
  } else if (namesFields.includes(response.status))
    expectThat(namedIn(response.json()).includes(name), `an error that names "${name}"`, summary(response));
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
