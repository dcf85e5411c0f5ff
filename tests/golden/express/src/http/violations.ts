import type { ErrorObject } from 'ajv';
import { nearest } from '../nearest.js';
import type { Violation } from '../problem.js';

/** Of a pointer, in characters: names of properties are the caller's, and as long. */
const longest = 4096;
const nameForm = /^-?\w{1,64}$/;

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

/** What is wrong with a query parameter. Its value is quoted only where it has the form of a name. */
export function parameterViolation(error: ErrorObject): Violation {
  const parameter = extraStep(error) ?? error.instancePath.split('/')[1] ?? '';
  return {
    parameter: parameter.slice(0, longest),
    code: codeOf(error),
    detail: parameterDetail(error, parameter),
  };
}

function parameterDetail(error: ErrorObject, parameter: string): string {
  const { keyword, params, data, parentSchema } = error;
  if (keyword === 'additionalProperties')
    return unknown('is not known here', parameter, propertiesOf(parentSchema));
  if (keyword === 'enum') return notOneOf(String(data), params.allowedValues.map(String));
  const names = keyword === 'pattern' ? namesIn(params.pattern) : undefined;
  if (!names) return detailOf(error);
  const given = String(data)
    .split(',')
    .filter((name) => !names.includes(name));
  return (
    given
      .map((name) => notOneOf(name, names))
      .slice(0, 5)
      .join('; ') || detailOf(error)
  );
}

function notOneOf(given: string, known: string[]): string {
  const subject = nameForm.test(given) ? `"${given}"` : 'a name';
  return unknown(`${subject} is not one of ${known.join(', ')}`, given, known);
}

function unknown(fault: string, given: string, known: string[]): string {
  const meant = nameForm.test(given) ? nearest(given, known) : undefined;
  return meant === undefined ? fault : `${fault}; did you mean ${meant}?`;
}

/** The names in the pattern of a list of names, such as `fields`. */
function namesIn(pattern: string): string[] | undefined {
  return /^\^\((\w+(?:\|\w+)*)\)\(,\(\1\)\)\*\$$/.exec(pattern)?.[1]?.split('|');
}

function propertiesOf(schema: ErrorObject['parentSchema']): string[] {
  return Object.keys(schema?.properties ?? {});
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
