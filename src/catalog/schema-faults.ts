import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from './layer.js';
import { type Fault, pathTo, suggestion } from './references.js';

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
});
/** By the text of the schema: a catalogue is read again and again while templates are written, and in tests. */
const compiled = new Map<string, ValidateFunction>();

/** Keywords whose error only repeats those of the schemas inside of them. */
const wrappers = ['if', 'propertyNames', 'anyOf', 'oneOf', 'allOf'];

/**
 * Measures a value by a schema.
 * @param path where the value stands in its file
 * @returns all that is wrong with it, with the path of each, and the nearest known name for an unknown key
 * @throws Error when the schema itself is none
 */
export function faultsIn(value: unknown, schema: JsonSchema, path = ''): Fault[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const telling = errors.filter(({ keyword }) => !wrappers.includes(keyword));
  return (telling.length > 0 ? telling : errors).map((error) => ({
    path: placeOf(error, path),
    message: messageOf(error),
  }));
}

/** The fault of a schema, or undefined if it is valid. */
export function faultOfSchema(schema: JsonSchema): string | undefined {
  try {
    validatorOf(schema);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function validatorOf(schema: JsonSchema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known) return known;
  const validate = ajv.compile(schema);
  compiled.set(key, validate);
  return validate;
}

function placeOf({ keyword, instancePath, params }: ErrorObject, path: string): string {
  const keys = instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const extra = keyword === 'additionalProperties' ? [params.additionalProperty as string] : [];
  return [...keys, ...extra].reduce(
    (place, key) => (/^\d+$/.test(key) ? `${place}[${key}]` : pathTo(place, key)),
    path,
  );
}

function messageOf(error: ErrorObject): string {
  const { keyword, params, parentSchema, data, message } = error;
  const about = error.propertyName === undefined ? '' : `the key "${error.propertyName}" `;
  switch (keyword) {
    case 'additionalProperties': {
      const known = Object.keys((parentSchema?.properties as object | undefined) ?? {});
      return `is not known; ${suggestion(params.additionalProperty as string, known)}`;
    }
    case 'required':
      return `has no "${params.missingProperty}"`;
    case 'dependentRequired':
      return `has no "${params.missingProperty}", which "${params.property}" needs`;
    case 'type':
      return `must be of type ${[params.type].flat().join(' or ')}, is ${typeOf(data)}`;
    case 'enum':
      return `${about}is ${JSON.stringify(data)}; ${suggestion(String(data), (params.allowedValues as unknown[]).map(String))}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'false schema':
      return 'does not belong here';
    case 'pattern':
      return `${about}does not match ${params.pattern}`;
    default:
      return `${about}${message ?? keyword}`;
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
