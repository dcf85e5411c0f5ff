import type { Request, RequestHandler, Response } from 'express';
import { admitAny, beginExchange } from '../http/exchange.js';
import type { Platform } from '../platform.js';
import type { RequestContext } from '../request-context.js';

declare global {
  namespace Express {
    interface Request {
      context: RequestContext;
    }
  }
}

/**
 * Gives a request its context.
 * @param template path as in the contract, for logs and metrics
 * @param probe whether it is answered however busy the instance is
 * @throws Problem `overloaded`, `uri-too-long`
 */
export function start(
  platform: Platform,
  request: Request,
  response: Response,
  template: string,
  probe: boolean,
): void {
  request.context = beginExchange(platform, request, response, template, probe);
  if (!probe) admitAny(platform, request, request.context);
}

/** The first middleware of every route: `start`. */
export function begin(platform: Platform, template: string, probe: boolean): RequestHandler {
  return (request, response, next) => {
    start(platform, request, response, template, probe);
    next();
  };
}
