import { ConstraintError } from '../database/database.js';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';
import type { RequestContext } from '../request-context.js';
import type { Answer } from './answer.js';

/** Where the types of problems are described: a fragment of the docs page. */
const typeBase = '/docs#problem-';

/** Turns whatever was thrown into a Problem; what nobody expected becomes `internal`, with nothing of it told. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ConstraintError) return constraintProblem(error);
  return new Problem('internal', { detail: 'The error has been logged under the request id.', cause: error });
}

/**
 * The answer to a request that failed, whoever raised the error. What is the server's doing is logged.
 * @param url of the request
 */
export function problemAnswer(
  { log }: Pick<Platform, 'log'>,
  error: unknown,
  url: string,
  { requestId, span }: RequestContext,
): Answer {
  const problem = problemOf(error);
  const { traceId } = span.spanContext();
  // Under overload the line of the request has to be enough.
  if (problem.status >= 500 && problem.type !== 'overloaded') {
    log[problem.type === 'internal' ? 'error' : 'warn'](
      { requestId, traceId, error: problem.cause ?? problem },
      problem.type,
    );
  }
  const type = { 'content-type': 'application/problem+json; charset=utf-8' };
  return {
    status: problem.status,
    headers: { 'cache-control': 'no-store', ...problem.headers, ...type },
    body: problemBody(problem, { url, requestId, traceId }),
  };
}

/** The body of an error answer, `application/problem+json` (RFC 9457). */
export function problemBody(
  problem: Problem,
  request: { url: string; requestId: string; traceId?: string },
): string {
  return JSON.stringify({
    type: `${typeBase}${problem.type}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    // The query may hold what nobody should see again.
    instance: request.url.split('?')[0],
    requestId: request.requestId,
    ...(request.traceId ? { traceId: request.traceId } : {}),
    ...(problem.errors ? { errors: problem.errors } : {}),
  });
}

function constraintProblem(error: ConstraintError): Problem {
  if (error.kind === 'missing') {
    return new Problem('conflict', {
      detail: 'The request refers to something that does not exist.',
      cause: error,
    });
  }
  const detail =
    error.kind === 'unique'
      ? 'Another one has the same value already.'
      : 'Other resources still refer to this one.';
  return new Problem('conflict', { detail, cause: error });
}
