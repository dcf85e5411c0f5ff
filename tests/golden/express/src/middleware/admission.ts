import type { RequestHandler } from 'express';
import type { Operation } from '../contract.js';
import { admit } from '../http/admission.js';
import { admitBody } from '../http/exchange.js';
import { pathParameterLimit } from '../http/routing.js';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';

/** The checks between the route and the body: rate limit, authentication, authorisation, media types. */
export function admission(platform: Platform, operation: Operation): RequestHandler {
  return (request, _response, next) => {
    for (const value of Object.values(request.params)) {
      if (value.length > pathParameterLimit) throw new Problem('not-found');
    }
    const waiting = admit(platform, operation, request, request.context);
    if (!waiting) return next();
    return waiting.then(() => next());
  };
}

/** The checks after the body: whether there is time for the work, and what the contract says of all parts. */
export function validation(platform: Platform, operation: Operation): RequestHandler {
  return (request, _response, next) => {
    admitBody(platform, request.context);
    // Express would parse the query again each time it is looked at, without the types and defaults of the contract.
    Object.defineProperty(request, 'query', { value: request.query, enumerable: true });
    operation.validate(request);
    next();
  };
}
