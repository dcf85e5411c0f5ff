import { readFileSync } from 'node:fs';
import buildSerializer from 'fast-json-stringify';
import { parse } from 'yaml';
import { commaLists } from './http/comma-lists.js';

export interface Schema {
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

interface OperationObject {
  operationId: string;
  deprecated?: boolean;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: object }>;
  'x-body-limit'?: number;
  'x-sunset'?: string;
}

interface Document {
  paths: Record<string, Record<string, OperationObject> & { parameters?: OperationObject['parameters'] }>;
  components: { parameters: Record<string, Parameter>; schemas: Record<string, Schema> };
}

/** What openapi.yaml says of an operation, with JSON Schemas for the parts of a request. */
export interface Operation {
  params: Schema;
  query: Schema;
  body: Schema | undefined;
  bodyRequired: boolean;
  /** Largest body in bytes, where it is smaller than BODY_LIMIT_BYTES. */
  bodyLimit: number | undefined;
  /** Media types of the body; empty where there is none. */
  mediaTypes: string[];
  /** Media types of answers that are no errors; JSON where there is none. */
  produces: string[];
  deprecated: boolean;
  sunset: string | undefined;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** openapi.yaml as it stands, and as JSON. */
export const yaml = readFileSync(new URL('../openapi.yaml', import.meta.url), 'utf8');
export const json = JSON.stringify(parse(yaml));

/** The document, with references in the form of shared schemas: `Product#`. */
export const document: Document = JSON.parse(json.replace(/"#\/components\/schemas\/(\w+)"/g, '"$1#"'));

/** Component schemas, to be shared by validators and serializers. */
export const sharedSchemas = Object.entries(document.components.schemas).map(([name, schema]) => ({
  ...schema,
  $id: name,
}));

const operations = new Map(
  Object.values(document.paths).flatMap((item) =>
    methods.flatMap((method): [string, Operation][] => {
      const operation = item[method];
      return operation ? [[operation.operationId, read(operation, item.parameters ?? [])]] : [];
    }),
  ),
);
const routed = new Set<string>();

/**
 * The operation that a route implements.
 * @throws Error when openapi.yaml does not have it
 */
export function operation(operationId: string): Operation {
  const described = operations.get(operationId);
  if (!described) throw new Error(`openapi.yaml has no operation "${operationId}"`);
  routed.add(operationId);
  return described;
}

/** @throws Error when an operation of openapi.yaml has no route */
export function requireRoutes(): void {
  const missing = [...operations.keys()].filter((operationId) => !routed.has(operationId));
  if (missing.length > 0) throw new Error(`operations without a route: ${missing.join(', ')}`);
}

/** A function that writes a value of a component schema as JSON; properties not in the schema are left out. */
export function serializer<Value>(name: string): (value: Value) => string {
  const schema = Object.fromEntries(sharedSchemas.map((shared) => [shared.$id, shared]));
  return buildSerializer({ $ref: `${name}#` }, { schema: schema as never });
}

function read(
  { parameters = [], requestBody, responses, deprecated = false, ...operation }: OperationObject,
  shared: NonNullable<OperationObject['parameters']>,
): Operation {
  const all = [...shared, ...parameters].map((parameter) =>
    '$ref' in parameter ? document.components.parameters[lastStep(parameter.$ref)]! : parameter,
  );
  const { content = {}, required: bodyRequired = false } = requestBody ?? {};
  const produces = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    status.startsWith('2') ? Object.keys(content) : [],
  );
  return {
    params: objectOf(all.filter((parameter) => parameter.in === 'path')),
    query: objectOf(all.filter((parameter) => parameter.in === 'query')),
    body: Object.values(content)[0]?.schema,
    bodyRequired,
    bodyLimit: operation['x-body-limit'],
    mediaTypes: Object.keys(content),
    produces: produces.length > 0 ? produces : ['application/json'],
    deprecated,
    sunset: operation['x-sunset'],
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
