import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { Problem } from '../problem.js';
import { sendProblem } from '../problems.js';

/** Every error leaves as `application/problem+json`, wherever it was raised. */
async function errors(app: FastifyInstance): Promise<void> {
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => sendProblem(new Problem('not-found'), request, reply));
}

export default plugin(errors, { name: 'errors', dependencies: ['requests'] });
