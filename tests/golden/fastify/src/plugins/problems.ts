import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { tooLarge } from '../http/negotiation.js';
import { problemAnswer } from '../http/problem-body.js';
import { undecodable } from '../http/routing.js';
import { Problem } from '../problem.js';
import { send } from './exchange.js';

/** Fastify's own errors that are the caller's doing. */
const problemOfCode: Record<string, (limitBytes: number) => Problem> = {
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Problem('unsupported-media-type'),
  FST_ERR_MAX_PARAM_LENGTH: () => new Problem('not-found'),
  FST_ERR_BAD_URL: undecodable,
};

/** Every error leaves as `application/problem+json`, whoever raised it. */
async function register(app: FastifyInstance): Promise<void> {
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => answer(new Problem('not-found'), request, reply));
}

function answer(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = knownProblem(error, request.routeOptions.bodyLimit);
  return send(reply, problemAnswer(request.server.platform, known ?? error, request.url, request.context));
}

/** The Problem that an error of Fastify's is, where the caller is the cause. */
function knownProblem(error: FastifyError | Error, limitBytes: number): Problem | undefined {
  if (error instanceof Problem) return error;
  const known = problemOfCode[(error as FastifyError).code ?? ''];
  if (known) return known(limitBytes);
  // What the body parsers refuse: bad JSON, a prototype in it, a length that was not kept.
  const unreadable = (error as FastifyError).statusCode === 400;
  return unreadable ? new Problem('malformed-request', { cause: error }) : undefined;
}

export default { plugin: plugin(register, { name: 'problems' }), answer };
