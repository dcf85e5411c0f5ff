import type { RequestHandler } from 'express';
import { Problem } from '../problem.js';

/**
 * Last handler of a route, by `all`: answers OPTIONS, and 405 to methods that the route does not have.
 * @throws Problem `method-not-allowed` (RFC 9110, section 15.5.6)
 */
export const otherMethods: RequestHandler = (req, res) => {
  const methods = Object.keys(req.route.methods).filter((method) => method !== '_all');
  const implied = methods.includes('get') ? ['head', 'options'] : ['options'];
  const allow = [...methods, ...implied].join(', ').toUpperCase();
  if (req.method !== 'OPTIONS') throw new Problem('method-not-allowed', { headers: { allow } });
  if (res.hasHeader('access-control-allow-methods')) res.set('access-control-allow-methods', allow);
  res.status(204).set({ allow }).end();
};
