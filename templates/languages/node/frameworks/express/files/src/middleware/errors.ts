import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ConstraintError } from '../database/database.js';
import { conflict } from '../http/conflicts.js';
import { Problem, type ProblemType } from '../problem.js';

/** Where the types of problems are described: a fragment of the docs page. */
const typeBase = '/docs#problem-';

/** Problems for errors of middleware by their status: `http-errors`, which Express and its parsers throw. */
const typeOfStatus: Record<number, ProblemType> = {
  400: 'malformed-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  413: 'content-too-large',
  415: 'unsupported-media-type',
};

/** Takes what no route has taken. */
export const notFound: RequestHandler = (req) => {
  // Express decodes the parameters of routes alone.
  decodeURIComponent(req.path);
  throw new Problem('not-found');
};

/** Sends any error as `application/problem+json` (RFC 9457). What is the server's doing is logged. */
export const sendProblem: ErrorRequestHandler = (error, req, res, next) => {
  // Express closes the connection.
  if (res.headersSent) return next(error);
  const { requestId, span } = req.context;
  const problem = problemOf(error);
  const { traceId } = span.spanContext();
  // Under overload the line of the request has to be enough.
  if (problem.status >= 500 && problem.type !== 'overloaded') {
    const level = problem.type === 'internal' ? 'error' : 'warn';
    req.app.locals.log[level]({ requestId, traceId, error: problem.cause ?? problem }, problem.type);
  }
  res
    .status(problem.status)
    .set({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(problemBody(problem, { url: req.originalUrl, requestId, traceId }));
};

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
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ConstraintError) return conflict(error);
  if (error instanceof URIError) return new Problem('malformed-request');
  const { expose, status } = error as { expose?: boolean; status?: number };
  const type = expose && status !== undefined ? typeOfStatus[status] : undefined;
  if (type) return new Problem(type);
  return new Problem('internal', { detail: 'The error has been logged under the request id.', cause: error });
}
