import type { FastifyInstance, HTTPMethods } from 'fastify';
import { allMethods, allowedMethods, methodNotAllowed, optionsAnswer } from '../http/routing.js';
import { send } from './exchange.js';

/**
 * Answers OPTIONS on a path, and 405 to whatever has no handler there.
 * @param path in the router's form
 * @param template the same as in the contract
 */
export function otherMethods(
  app: FastifyInstance,
  path: string,
  template: string,
  described: readonly string[],
): void {
  const { config } = app.platform;
  const allowed = allowedMethods(described);
  const allow = allowed.join(', ');
  const route = { url: path, config: { template } };
  app.route({
    ...route,
    method: 'OPTIONS',
    handler: async (request, reply) => send(reply, optionsAnswer(allow, request.headers.origin, config)),
  });
  app.route({
    ...route,
    method: allMethods.filter((method) => !allowed.includes(method)) as HTTPMethods[],
    exposeHeadRoute: false,
    onRequest: async () => {
      throw methodNotAllowed(allow);
    },
    handler: async () => undefined,
  });
}
