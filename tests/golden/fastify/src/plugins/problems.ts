import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { tooLarge } from '../http/negotiation.js';
import { problemBody, problemOf } from '../http/problem-body.js';
import { Problem } from '../problem.js';

/** Fastify's own errors that are the caller's doing. */
const problemOfCode: Record<string, (limitBytes: number) => Problem> = {
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Problem('unsupported-media-type'),
  FST_ERR_MAX_PARAM_LENGTH: () => new Problem('not-found'),
  FST_ERR_BAD_URL: () => new Problem('malformed-request', { detail: 'The URI cannot be decoded.' }),
};

/** Every error leaves as `application/problem+json`, whoever raised it. */
async function register(app: FastifyInstance): Promise<void> {
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => answer(new Problem('not-found'), request, reply));
}

function answer(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { platform } = request.server;
  const problem = toProblem(error, platform.config.BODY_LIMIT_BYTES);
  const { requestId = '', span } = request.context ?? {};
  if (problem.status >= 500) {
    platform.log[problem.type === 'internal' ? 'error' : 'warn'](
      { requestId, traceId: span?.spanContext().traceId, error: problem.cause ?? problem },
      problem.type,
    );
  }
  const traceId = span?.spanContext().traceId;
  return reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(problemBody(problem, { url: request.url, requestId, ...(traceId ? { traceId } : {}) }));
}

function toProblem(error: FastifyError | Error, limitBytes: number): Problem {
  const code = 'code' in error ? error.code : '';
  const known = problemOfCode[code];
  if (known) return known(limitBytes);
  // What the body parsers refuse: bad JSON, a prototype in it, a length that was not kept.
  const unreadable = (error as FastifyError).statusCode === 400 && !(error instanceof Problem);
  return unreadable ? new Problem('malformed-request', { cause: error }) : problemOf(error);
}

export default { plugin: plugin(register, { name: 'problems' }), answer };
