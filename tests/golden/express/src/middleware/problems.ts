import type { NextFunction, Request, Response } from 'express';
import { unmatched } from '../http/exchange.js';
import { problemAnswer } from '../http/problem-body.js';
import { undecodable } from '../http/routing.js';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';
import { send } from './answer.js';
import { start } from './exchange.js';

/**
 * What is called when no route has answered: every error leaves as `application/problem+json`, whoever raised it, and
 * so does the news that there is nothing here. It stands in the place of the pages that Express has for both.
 */
export function answerRest(platform: Platform, request: Request, response: Response): NextFunction {
  return (error?: unknown) => {
    if (response.headersSent) return void response.destroy();
    const answer = problemAnswer(
      platform,
      failureOf(platform, request, response, error),
      request.originalUrl,
      request.context,
    );
    send(platform, request, response, answer);
  };
}

function failureOf(platform: Platform, request: Request, response: Response, error: unknown): unknown {
  try {
    if (!request.context) start(platform, request, response, unmatched, false);
  } catch (refusal) {
    return refusal;
  }
  if (error instanceof URIError) return undecodable();
  if (error) return error;
  return isDecodable(request.url) ? new Problem('not-found') : undecodable();
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split('?')[0] ?? '');
    return true;
  } catch {
    return false;
  }
}
