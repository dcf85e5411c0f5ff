import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import buildSerializer from 'fast-json-stringify';
import { parse } from 'yaml';
import { requireBounded } from './http/json-body.js';
import { readValues } from './http/parameter-values.js';
import { bodyViolation, parameterViolation } from './http/violations.js';
import { Problem } from './problem.js';

const file = new URL('../openapi.yaml', import.meta.url);
/** Formats whose texts hold nothing that JSON would escape. */
const quoteless = new Set<unknown>(['uuid', 'date', 'date-time']);
const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Schema {
  [keyword: string]: unknown;
  $ref?: string;
}

interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  schema: Schema;
}

interface OperationObject {
  operationId: string;
  deprecated?: boolean;
  security?: object[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  'x-rate-limit'?: RateLimit;
  'x-body-limit'?: number;
  'x-required-role'?: string;
  'x-sunset'?: string;
}

interface Document {
  paths: Record<string, Record<string, OperationObject> & { parameters?: OperationObject['parameters'] }>;
  components: { parameters: Record<string, Parameter>; schemas: Record<string, Schema> };
}

/** Which limit counts a request; probes have none. */
export type RateLimit = 'default' | 'write' | 'none';

/** What the contract says about one operation, ready to be asked on each request. */
export interface Operation {
  id: string;
  method: string;
  /** Path template as in the contract: /v1/products/{id} */
  path: string;
  rateLimit: RateLimit;
  /** Whether callers sign in: never looked at, if they like, or always; and the role needed then. */
  authentication: 'none' | 'optional' | 'required';
  requiredRole: string | undefined;
  /** Media types of the request body; empty where there is none. */
  mediaTypes: string[];
  bodyRequired: boolean;
  /** Largest body in bytes, where it is smaller than BODY_LIMIT_BYTES. */
  bodyLimit: number | undefined;
  deprecated: { sunset: string | undefined } | undefined;
  /**
   * Checks the parts of a request. Turns query values into the types of the contract and fills defaults.
   * @throws Problem `invalid-parameter`, `not-found` (a path parameter of the wrong form) or `validation-failed`
   */
  validate(request: { params: unknown; query: unknown; body: unknown }): void;
}

/** The API as openapi.yaml describes it: validation, serialisation and routing facts are read from there. */
export interface Contract {
  /** openapi.yaml as it stands. */
  yaml: string;
  /** The same as JSON. */
  json: string;
  operations: ReadonlyMap<string, Operation>;
  /** Methods that the contract has for each path. */
  paths: ReadonlyMap<string, readonly string[]>;
  /** A function that writes a value of a component schema as JSON; properties not in the schema are left out. */
  serializer<Value>(schema: string): (value: Value) => string;
}

/** Reads openapi.yaml from the project's folder. */
export function loadContract(): Contract {
  const yaml = readFileSync(file, 'utf8');
  const document = parse(yaml) as Document;
  const ajv = { body: newAjv(false), query: newAjv(true) };
  for (const instance of Object.values(ajv)) {
    instance.addSchema({ components: document.components }, 'openapi');
  }
  const operations = new Map<string, Operation>();
  const paths = new Map<string, string[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const object = item[method];
      if (!object) continue;
      paths.set(path, [...(paths.get(path) ?? []), method.toUpperCase()]);
      operations.set(
        object.operationId,
        readOperation(path, method, object, item.parameters ?? [], document, ajv),
      );
    }
  }
  const components = unescaped(document.components);
  return {
    yaml,
    json: JSON.stringify(document),
    operations,
    paths,
    serializer: (schema) =>
      buildSerializer({ $ref: `openapi#/components/schemas/${schema}` } as never, {
        schema: { openapi: { components } as never },
      }),
  };
}

function newAjv(useDefaults: boolean): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, useDefaults, strict: false });
  addFormats.default(ajv);
  return ajv;
}

function readOperation(
  path: string,
  method: string,
  object: OperationObject,
  shared: NonNullable<OperationObject['parameters']>,
  document: Document,
  ajv: { body: Ajv2020; query: Ajv2020 },
): Operation {
  const parameters = [...shared, ...(object.parameters ?? [])].map((parameter) =>
    '$ref' in parameter ? document.components.parameters[parameter.$ref.split('/').pop() ?? '']! : parameter,
  );
  const of = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
  const query = ajv.query.compile(objectSchema(of('query')));
  const params = ajv.query.compile(objectSchema(of('path')));
  const readQuery = readValues(resolved(of('query'), document));
  const readParams = readValues(resolved(of('path'), document));
  const content = object.requestBody?.content;
  const bodyRequired = object.requestBody?.required ?? false;
  const [media] = Object.values(content ?? {});
  const body = media && ajv.body.compile(absolute(media.schema));
  return {
    id: object.operationId,
    method: method.toUpperCase(),
    path,
    rateLimit: object['x-rate-limit'] ?? (method === 'get' ? 'default' : 'write'),
    authentication: authenticationOf(object.security ?? []),
    requiredRole: object['x-required-role'],
    mediaTypes: Object.keys(content ?? {}),
    bodyRequired,
    bodyLimit: object['x-body-limit'],
    deprecated: object.deprecated ? { sunset: object['x-sunset'] } : undefined,
    validate(request) {
      readParams(request.params);
      readQuery(request.query);
      if (!params(request.params)) throw new Problem('not-found');
      if (!query(request.query)) throw invalidParameters(query);
      if (request.body === undefined && !bodyRequired) return;
      requireBounded(request.body);
      if (body && !body(request.body)) throw invalidBody(body);
    },
  };
}

/** OpenAPI: an empty list needs no sign-in, a list with an empty requirement makes it optional. */
function authenticationOf(security: object[]): Operation['authentication'] {
  if (security.length === 0) return 'none';
  return security.some((requirement) => Object.keys(requirement).length === 0) ? 'optional' : 'required';
}

function objectSchema(parameters: Parameter[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, absolute(schema)])),
    required: parameters.filter((parameter) => parameter.required).map(({ name }) => name),
    additionalProperties: false,
  };
}

/** The parameters with their schemas, where those are references to components. */
function resolved(parameters: Parameter[], { components }: Document): Parameter[] {
  return parameters.map((parameter) => {
    const name = parameter.schema.$ref?.split('/').pop();
    return name === undefined ? parameter : { ...parameter, schema: components.schemas[name] ?? {} };
  });
}

/** The same schema for the serializer: texts that hold no quotes, such as times, are not searched for them. */
function unescaped<Value>(schema: Value): Value {
  if (Array.isArray(schema)) return schema.map(unescaped) as Value;
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type, format, enum: values } = schema as Schema;
  const plain =
    quoteless.has(format) || (values as unknown[] | undefined)?.every((value) => /^\w+$/.test(`${value}`));
  if (type === 'string' && plain) return { type, format: 'unsafe' } as Value;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, unescaped(value)])) as Value;
}

/** References inside the document start with `#`; schemas compiled on their own have to name the document. */
function absolute(schema: Schema): Schema {
  return schema.$ref ? { ...schema, $ref: `openapi${schema.$ref}` } : schema;
}

function invalidParameters({ errors }: ValidateFunction): Problem {
  return new Problem('invalid-parameter', { errors: (errors ?? []).slice(0, 50).map(parameterViolation) });
}

function invalidBody({ errors }: ValidateFunction): Problem {
  return new Problem('validation-failed', { errors: (errors ?? []).slice(0, 50).map(bodyViolation) });
}
