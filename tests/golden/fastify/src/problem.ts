/** Every kind of error answer (RFC 9457), by the last part of its `type`. */
export const problems = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-parameter': { status: 400, title: 'A parameter is not valid' },
  'invalid-cursor': { status: 400, title: 'The cursor is not valid for this list' },
  unauthenticated: { status: 401, title: 'Credentials are missing or not valid' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'not-acceptable': { status: 406, title: 'No acceptable representation' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The change conflicts with stored data' },
  'idempotency-in-progress': { status: 409, title: 'A request with this key is in progress' },
  'precondition-failed': { status: 412, title: 'The resource has changed' },
  'content-too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The URI is too long' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'validation-failed': { status: 422, title: 'The body is not valid' },
  'idempotency-key-reused': { status: 422, title: 'The key was used for another request' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'header-fields-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong' },
  overloaded: { status: 503, title: 'The server is busy' },
  'dependency-unavailable': { status: 503, title: 'A dependency is not available' },
  'deadline-exceeded': { status: 503, title: 'The request took too long' },
} as const;

export type ProblemType = keyof typeof problems;

/** One thing wrong with a request: `pointer` (RFC 6901, as a fragment) in a body, `parameter` in the query. */
export interface Violation {
  pointer?: string;
  parameter?: string;
  code: string;
  detail: string;
}

export interface ProblemOptions {
  detail?: string;
  errors?: Violation[];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An answer that is an error on purpose. Everything else that is thrown becomes `internal`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly errors: Violation[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    readonly type: ProblemType,
    { detail, errors, headers, cause }: ProblemOptions = {},
  ) {
    super(detail ?? problems[type].title, { cause });
    this.status = problems[type].status;
    this.title = problems[type].title;
    this.errors = errors;
    this.headers = headers ?? {};
  }
}

/** 503 for a dependency that refuses, hangs or has no connection free. */
export function dependencyUnavailable(name: string, cause?: unknown): Problem {
  return new Problem('dependency-unavailable', {
    detail: `The ${name} is not available at the moment.`,
    headers: { 'retry-after': '2' },
    cause,
  });
}
