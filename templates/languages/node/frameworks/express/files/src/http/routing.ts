import { METHODS } from 'node:http';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import type { Answer } from './answer.js';
import { corsHeaders, preflightHeaders } from './headers.js';

/** Every method that the server can read; CONNECT is for proxies and has no path. */
export const allMethods: readonly string[] = METHODS.filter((method) => method !== 'CONNECT');

/** Longest value of a path parameter in characters; nothing has a longer name. */
export const pathParameterLimit = 256;

/** Path template of OpenAPI in the form of routers: /v1/products/{id} to /v1/products/:id */
export function routerPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** What is answered on a path: the methods described for it, and those that follow from them. */
export function allowedMethods(described: readonly string[]): string[] {
  return described.includes('GET') ? [...described, 'HEAD', 'OPTIONS'] : [...described, 'OPTIONS'];
}

/** 204 for OPTIONS, and what a preflight of a listed origin wants to know. `allow` is the list of methods. */
export function optionsAnswer(allow: string, origin: string | undefined, config: Config): Answer {
  const preflight = corsHeaders(origin, config) ? preflightHeaders(allow) : {};
  return { status: 204, headers: { allow, ...preflight }, body: undefined };
}

/** 400: what stands behind a percent sign in the path is no UTF-8. */
export function undecodable(): Problem {
  return new Problem('malformed-request', { detail: 'The URI cannot be decoded.' });
}

/** 405 with the methods that are right (RFC 9110, section 15.5.6). */
export function methodNotAllowed(allow: string): Problem {
  return new Problem('method-not-allowed', { headers: { allow } });
}
