import type { ErrorObject } from 'ajv';
import type { Violation } from '../problem.js';

/** Of a pointer, in characters: names of properties are the caller's, and as long. */
const longest = 4096;

/** What is wrong in a body, with a JSON Pointer as URI fragment (RFC 6901, section 6). Values are not echoed. */
export function bodyViolation(error: ErrorObject): Violation {
  const property = extraStep(error);
  const pointer = `#${error.instancePath}${property === undefined ? '' : `/${escapeStep(property)}`}`;
  // A lone surrogate has no form in UTF-8, and encodeURI would throw.
  const wellFormed = pointer.replace(/\p{Surrogate}/gu, '\u{fffd}');
  return {
    pointer: encodeURI(wellFormed).slice(0, longest),
    code: codeOf(error),
    detail: detailOf(error),
  };
}

/** What is wrong with a query parameter. */
export function parameterViolation(error: ErrorObject): Violation {
  const parameter = extraStep(error) ?? error.instancePath.split('/')[1] ?? '';
  return { parameter, code: codeOf(error), detail: detailOf(error) };
}

function extraStep({ params }: ErrorObject): string | undefined {
  return params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
}

function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

function codeOf({ keyword }: ErrorObject): string {
  return keyword === 'additionalProperties' ? 'unknown' : keyword;
}

function detailOf(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties') return 'is not known here';
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`;
  if (error.keyword === 'required') return 'is required';
  return error.message ?? 'is not valid';
}
