import { valueFor } from './bodies.js';
import type { Contract } from './contract.js';
import { isJson, jsonSchemaOf, type Operation, type Schema } from './document.js';

/** What is sent: path with query, and headers. */
export interface Addressed {
  method?: string | undefined;
  path: string;
  headers?: Record<string, string | string[]> | undefined;
}

/** Headers that OpenAPI describes elsewhere (OpenAPI 3.1, section 4.8.12.1). */
const described = ['accept', 'content-type', 'authorization'];

/**
 * A request of a row with what the document of another API asks of it: required query parameters and headers, the media type of
 * its JSON and of the answer. What the request has stays. Generated projects are asked as rows say.
 * @param signedIn names of headers that sign the request in
 * @param pathIn the path of a request as the document has it
 */
export async function completed<Request extends Addressed>(
  contract: Contract,
  request: Request,
  signedIn: readonly string[] = [],
): Promise<Request> {
  if (contract.isOwn) return request;
  const { method = 'GET', path } = request;
  const [start = '', query] = path.split('?');
  const operation = contract.find(method === 'HEAD' ? 'GET' : method, start);
  if (!operation) return request;
  const headers = { ...request.headers };
  const has = (name: string) =>
    [...Object.keys(headers), ...signedIn].some((given) => given.toLowerCase() === name.toLowerCase());
  const given = new URLSearchParams(query);
  const added: string[] = [];
  for (const parameter of operation.source.parameters as Schema[]) {
    if (parameter.required !== true) continue;
    const { name } = parameter;
    if (parameter.in === 'query' && !given.has(name))
      added.push(...inQuery(parameter, await sampleOf(contract, parameter)));
    if (parameter.in === 'header' && !described.includes(name.toLowerCase()) && !has(name))
      headers[name] = [await sampleOf(contract, parameter)].flat().join(',');
  }
  const type = mediaType(operation, headers);
  if (type !== undefined) headers[type.name] = type.value;
  const accepted = has('accept') ? undefined : acceptable(operation);
  if (accepted !== undefined) headers.accept = accepted;
  return {
    ...request,
    path: added.length === 0 ? path : `${path}${query === undefined ? '?' : '&'}${added.join('&')}`,
    headers,
  };
}

/** The value of a parameter that its owner has said, else of its examples, its default or its schema. */
async function sampleOf({ naming }: Contract, parameter: Schema): Promise<unknown> {
  const { name, example, examples, content } = parameter;
  const schema: Schema = parameter.schema ?? jsonSchemaOf({ content }) ?? {};
  const [first] = Object.values((examples ?? {}) as Record<string, Schema>);
  const known = [
    naming.values[name],
    example,
    first?.value,
    schema.example,
    schema.examples?.[0],
    schema.default,
  ].find((value) => value !== undefined && value !== null);
  return known ?? (await valueFor(schema, 1, async () => ''));
}

/** As the style `form` writes it (OpenAPI 3.1, section 4.8.12.3), or `deepObject`. */
function inQuery({ name, style, explode = true }: Schema, value: unknown): string[] {
  const pair = (key: string, one: unknown) => `${encodeURIComponent(key)}=${encodeURIComponent(String(one))}`;
  if (Array.isArray(value))
    return explode ? value.map((one) => pair(name, one)) : [pair(name, value.join(','))];
  if (typeof value !== 'object' || value === null) return [pair(name, value)];
  const members = Object.entries(value);
  if (style === 'deepObject') return members.map(([key, one]) => pair(`${name}[${key}]`, one));
  return explode ? members.map(([key, one]) => pair(key, one)) : [pair(name, members.flat().join(','))];
}

/** The header with the media type of a JSON body, where the document has another one than application/json for it. */
function mediaType(
  { bodyTypes }: Operation,
  headers: NonNullable<Addressed['headers']>,
): { name: string; value: string } | undefined {
  const [own] = bodyTypes.filter(isJson);
  const plain = bodyTypes.some((type) => /^(application\/json\b|application\/\*|\*\/\*)/.test(type));
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'content-type') ?? 'content-type';
  const value = headers[name];
  if (own === undefined || plain || typeof value !== 'string' || !/^application\/json\b/.test(value))
    return undefined;
  return { name, value: value.replace(/^application\/json/, own) };
}

/** The media type of answers that succeed, where that is no application/json. */
function acceptable({ source }: Operation): string | undefined {
  const types = Object.entries((source.responses ?? {}) as Record<string, Schema>)
    .filter(([status]) => /^2/.test(status))
    .flatMap(([, response]) => Object.keys(response.content ?? {}));
  const usual = types.some((type) => /^(application\/json$|application\/\*|\*\/\*)/.test(type));
  return usual ? undefined : types.find(isJson);
}
