import { readFileSync } from 'node:fs';
import buildSerializer from 'fast-json-stringify';
import type { FastifySchema } from 'fastify';
import { parse } from 'yaml';
import type { Role } from './auth/roles.js';
import { commaLists } from './http/comma-lists.js';
import type { PolicyName } from './limits/policies.js';

declare module 'fastify' {
  interface FastifySchema {
    operationId?: string;
    deprecated?: boolean;
    /** An empty list needs no sign-in, a list with an empty requirement makes it optional. */
    security?: readonly object[];
    /** Media types of the body. */
    consumes?: readonly string[];
    /** Media types of answers that are no errors; JSON where there is none. */
    produces?: readonly string[];
    bodyRequired?: boolean;
    // The words of extensions.ts.
    'x-rate-limit'?: PolicyName | 'none';
    'x-required-role'?: Role;
    'x-required-tenant'?: true;
    'x-body-limit'?: number;
    'x-sunset'?: string;
  }
}

/** Keyword of the schema of a body that a request may leave out. */
export const mayBeMissing = 'x-may-be-missing';

interface Schema {
  anyOf?: Schema[];
  [keyword: string]: unknown;
}

interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  /** False for a list in one text. */
  explode?: boolean;
  schema: Schema;
}

interface Content {
  content?: Record<string, { schema: Schema }>;
}

interface Operation extends FastifySchema {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, Content>;
}

interface Document {
  /** Of operations that have none of their own. */
  security?: FastifySchema['security'];
  paths: Record<string, Record<string, Operation> & { parameters?: Operation['parameters'] }>;
  components: { parameters: Record<string, Parameter>; schemas: Record<string, Schema> };
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** openapi.yaml as it stands, and as JSON. */
export const yaml = readFileSync(new URL('../openapi.yaml', import.meta.url), 'utf8');
export const json = JSON.stringify(parse(yaml));

/** The document, with references in the form of shared schemas: `Product#`. */
export const document: Document = JSON.parse(json.replace(/"#\/components\/schemas\/(\w+)"/g, '"$1#"'));

/** Component schemas, to be shared by `addSchema`. */
export const sharedSchemas = Object.entries(document.components.schemas).map(([name, schema]) => ({
  ...schema,
  $id: name,
}));

/** An operation where it stands in the document. */
export interface Described {
  method: string;
  /** In the form of the router: /v1/products/:id */
  url: string;
  schema: FastifySchema;
}

/** Every operation of openapi.yaml by its id. */
export const operations: ReadonlyMap<string, Described> = new Map(
  Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method): [string, Described][] => {
      const operation = item[method];
      if (!operation) return [];
      const url = path.replace(/\{(\w+)\}/g, ':$1');
      const schema = schemaOf(operation, item.parameters ?? []);
      return [[operation.operationId, { method: method.toUpperCase(), url, schema }]];
    }),
  ),
);

/**
 * The schema of a route: what openapi.yaml says of the operation.
 * @throws Error when there is no such operation
 */
export function operation(operationId: string): FastifySchema {
  const described = operations.get(operationId);
  if (!described) throw new Error(`openapi.yaml has no operation "${operationId}"`);
  return described.schema;
}

/** A function that writes a value of a component schema as JSON; properties not in the schema are left out. */
export function serializer<Value>(name: string): (value: Value) => string {
  const schema = Object.fromEntries(sharedSchemas.map((shared) => [shared.$id, shared]));
  return buildSerializer({ $ref: `${name}#` }, { schema: schema as never });
}

function schemaOf(
  { parameters = [], requestBody, responses, ...operation }: Operation,
  shared: NonNullable<Operation['parameters']>,
): FastifySchema {
  const all = [...shared, ...parameters].map((parameter) =>
    '$ref' in parameter ? document.components.parameters[lastStep(parameter.$ref)]! : parameter,
  );
  const { content = {}, required: bodyRequired = false } = requestBody ?? {};
  const produces = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    status.startsWith('2') ? Object.keys(content) : [],
  );
  const body = Object.values(content)[0]?.schema;
  return {
    ...(document.security ? { security: document.security } : {}),
    ...operation,
    consumes: Object.keys(content),
    produces: produces.length > 0 ? produces : ['application/json'],
    bodyRequired,
    params: objectOf(all.filter((parameter) => parameter.in === 'path')),
    querystring: objectOf(all.filter((parameter) => parameter.in === 'query')),
    ...(body ? { body: bodyRequired ? body : { [mayBeMissing]: true, allOf: [body] } } : {}),
    response: Object.fromEntries(
      Object.entries(responses).flatMap(([status, { content }]) => {
        const media = content?.['application/json']?.schema;
        // Of alternatives the first is the whole, the others are parts of it.
        return media ? [[status, media.anyOf?.[0] ?? media]] : [];
      }),
    ),
  };
}

function objectOf(parameters: Parameter[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
    [commaLists]: parameters.filter(({ explode }) => explode === false).map(({ name }) => name),
  };
}

function lastStep(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
