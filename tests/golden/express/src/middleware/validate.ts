import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Request, RequestHandler, Response } from 'express';
import { commaListsKeyword } from '../http/comma-lists.js';
import { requireBounded } from '../http/json-body.js';
import { bodyViolation, parameterViolation } from '../http/violations.js';
import { type Operation, operation, sharedSchemas } from '../openapi.js';
import { Problem, type Violation } from '../problem.js';
import { jsonReader, requireAccepted } from './bodies.js';
import { countAsWork } from './shedding.js';

const violationsTold = 50;
/** Parameters are texts and are turned into the types of their schemas; bodies have types of their own. */
const parameters = newAjv(true);
const bodies = newAjv(false);

/**
 * Takes requests that are as openapi.yaml describes the operation: media types, parameters, body. `req.body` is read;
 * `res.locals.query` is the query in the types of its schema, with defaults.
 */
export function validate(operationId: string): RequestHandler {
  const described = operation(operationId);
  const checkParameters = parameterCheck(described);
  const readBody = described.body && jsonReader(described);
  const checkBody = bodyCheck(described);
  const end = endOf(described);
  return async (req, res, next) => {
    requireAccepted(req, described.produces);
    if (end) res.set(end);
    checkParameters(req, res);
    if (readBody) {
      await readBody(req, res);
      countAsWork(req);
      checkBody(req);
    }
    next();
  };
}

/** Checks the parameters of an operation alone, as `validate` does. */
export function validateParameters(operationId: string): RequestHandler {
  const check = parameterCheck(operation(operationId));
  return (req, res, next) => {
    check(req, res);
    next();
  };
}

function parameterCheck({ params, query }: Operation) {
  const checkPath = parameters.compile(params);
  const checkQuery = parameters.compile(query);
  return (req: Request, res: Response) => {
    if (!checkPath(req.params)) throw new Problem('not-found');
    const values = { ...req.query };
    if (!checkQuery(values)) throw invalid('invalid-parameter', checkQuery, parameterViolation);
    res.locals.query = values;
  };
}

function bodyCheck({ body = {}, bodyRequired }: Operation) {
  const check = bodies.compile(body);
  return (req: Request) => {
    if (req.body === undefined && !bodyRequired) return;
    requireBounded(req.body);
    if (!check(req.body)) throw invalid('validation-failed', check, bodyViolation);
  };
}

function invalid(
  type: 'invalid-parameter' | 'validation-failed',
  { errors }: Pick<ValidateFunction, 'errors'>,
  violation: (error: ErrorObject) => Violation,
): Problem {
  return new Problem(type, { errors: (errors ?? []).slice(0, violationsTold).map(violation) });
}

/** Headers of a deprecated operation: Deprecation (RFC 9745), and Sunset if it has a last day (RFC 8594). */
function endOf({ deprecated, sunset }: Operation): Record<string, string> | undefined {
  const headers = { deprecation: '@0', link: '</docs>; rel="deprecation"' };
  if (!deprecated) return undefined;
  return sunset ? { ...headers, sunset: new Date(sunset).toUTCString() } : headers;
}

/** JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
function newAjv(coerceTypes: boolean): Ajv2020 {
  // Problems name what was given and what is known.
  const verbose = coerceTypes;
  const ajv = new Ajv2020({ allErrors: true, coerceTypes, useDefaults: coerceTypes, strict: false, verbose });
  addFormats.default(ajv);
  ajv.addKeyword(commaListsKeyword);
  return ajv.addSchema(sharedSchemas);
}
