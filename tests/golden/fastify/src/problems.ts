import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ConstraintError } from './database/database.js';
import { conflict } from './http/conflicts.js';
import { bodyViolation, parameterViolation } from './http/violations.js';
import { Problem } from './problem.js';

/** Where the types of problems are described: a fragment of the docs page. */
const typeBase = '/docs#problem-';
const violationsTold = 50;

/** Sends any error as `application/problem+json` (RFC 9457). What is the server's doing is logged. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { context, id: requestId, url } = request;
  const problem = problemOf(error, request.routeOptions.bodyLimit);
  const { traceId } = context.span.spanContext();
  // Under overload the line of the request has to be enough.
  if (problem.status >= 500 && problem.type !== 'overloaded') {
    const level = problem.type === 'internal' ? 'error' : 'warn';
    request.log[level]({ traceId, error: problem.cause ?? problem }, problem.type);
  }
  return reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json; charset=utf-8')
    .send(problemBody(problem, { url, requestId, traceId }));
}

/** The body of an error response as JSON text. */
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
    traceId: request.traceId,
    errors: problem.errors,
  });
}

/** The Problem that an error is; an unexpected error becomes `internal`, without its details. */
function problemOf(error: unknown, limitBytes: number): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ConstraintError) return conflict(error);
  return (
    frameworkProblem(error as FastifyError, limitBytes) ??
    new Problem('internal', { detail: 'The error has been logged under the request id.', cause: error })
  );
}

/** The Problem for an error of Fastify's own, where the caller is the cause. */
function frameworkProblem(error: FastifyError, limitBytes: number): Problem | undefined {
  if (error.validation) return invalid(error.validation, error.validationContext);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('content-too-large', { detail: `A body may have ${limitBytes} bytes.` });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('not-found');
    case 'FST_ERR_BAD_URL':
      return new Problem('malformed-request', { detail: 'The URI cannot be decoded.' });
    default:
      // What the body parsers refuse: bad JSON, a prototype in it, a length that was not kept.
      return error.statusCode === 400 ? new Problem('malformed-request', { cause: error }) : undefined;
  }
}

function invalid(
  violations: NonNullable<FastifyError['validation']>,
  part: FastifyError['validationContext'],
): Problem {
  const told = violations.slice(0, violationsTold);
  if (part === 'params') return new Problem('not-found');
  if (part === 'body') return new Problem('validation-failed', { errors: told.map(bodyViolation) });
  return new Problem('invalid-parameter', { errors: told.map(parameterViolation) });
}
