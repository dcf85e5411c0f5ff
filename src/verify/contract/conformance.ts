import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Exchange } from '../http/exchange.js';
import type { Names } from '../http/style.js';
import { noInstanceHeader } from '../proxies/balancer.js';
import { selects } from './conventions.js';
import type { Operation, Schema } from './document.js';

/** Where an answer differs from the OpenAPI document. */
export interface Deviation {
  /** In words, with the operation and status. */
  expected: string;
  got: string;
  /** `GET /v1/products` */
  operation: string;
  exchange: Exchange;
}

/** What any server may answer, and few documents repeat: methods, negotiation, sizes, load (RFC 9110, RFC 6585). */
const ofHttp = [405, 406, 408, 411, 413, 414, 415, 417, 429, 431, 501, 503];

/**
 * Judges responses by the document; a path that the document does not describe is not judged.
 * @param find the operation of a method and a path
 * @param names what the API calls its parameters, where its owner says so
 * @param isOwn whether the document has every status, as those of generated projects have
 */
export function responseChecks(
  find: (method: string, path: string) => Operation | undefined,
  { names, isOwn }: { names: Names; isOwn: boolean },
): (exchange: Exchange, path: string) => Deviation[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  const validators = new Map<Schema, ReturnType<typeof ajv.compile>>();
  const validator = (schema: Schema) => {
    const known = validators.get(schema) ?? ajv.compile(schema);
    validators.set(schema, known);
    return known;
  };

  type Difference = Pick<Deviation, 'expected' | 'got'>;
  const differences = ({ method, url, response }: Exchange, operation: Operation): Difference[] => {
    if (!response || response.headers[noInstanceHeader]) return [];
    const what = `${operation.method} ${operation.path}`;
    const { responses = {} } = operation.source;
    const exact: Schema | undefined = responses[response.status];
    // The server in front of the code answers these in its own form, whatever `4XX` or `default` say.
    if (!exact && !isOwn && ofHttp.includes(response.status)) return [];
    const described: Schema | undefined =
      exact ?? responses[classOf(responses, response.status)] ?? responses.default;
    if (!described)
      return [
        {
          expected: `${what}: one of the documented statuses ${Object.keys(responses).join(', ')}`,
          got: `status ${response.status}`,
        },
      ];
    const found = Object.entries((described.headers ?? {}) as Record<string, Schema>)
      .filter(([name, header]) => header.required && response.headers[name.toLowerCase()] === undefined)
      .map(([name]) => ({ expected: `${what} ${response.status}: the header ${name}`, got: 'none' }));
    if (method === 'HEAD' || response.text === '') return found;
    const whole = (response.headers['content-type'] ?? '').toLowerCase();
    const type = whole.split(';')[0]!.trim();
    const content: Record<string, Schema> = described.content ?? {};
    const media = mediaOf(content, whole);
    if (!media)
      return [
        ...found,
        {
          expected: `${what} ${response.status}: a documented media type (${Object.keys(content).join(', ') || 'no body'})`,
          got: type || 'a body without a type',
        },
      ];
    const { schema } = media;
    if (!schema || !/^application\/(.+\+)?json$/.test(type)) return found;
    const validate = validator(schema);
    if (validate(parsed(response.text))) return found;
    // OpenAPI cannot say that a parameter decides which members there are.
    const selected = selects(new URL(url), names);
    const broken = (validate.errors ?? []).filter(({ keyword }) => !(selected && keyword === 'required'));
    if (broken.length === 0) return found;
    const errors = broken.map((error) => `${error.instancePath || '/'} ${error.message}`);
    return [
      ...found,
      {
        expected: `${what} ${response.status}: a body that fits its schema`,
        got: errors.slice(0, 3).join('; '),
      },
    ];
  };

  return (exchange, path) => {
    const operation = find(exchange.method === 'HEAD' ? 'GET' : exchange.method, path);
    if (!operation) return [];
    return differences(exchange, operation).map((difference) => ({
      ...difference,
      operation: `${operation.method} ${operation.path}`,
      exchange,
    }));
  };
}

/**
 * What the document has for a media type: the key with its parameters, the one without, or a range, the most specific first
 * (OpenAPI 3.1, section 4.8.17).
 */
function mediaOf(content: Record<string, Schema>, type: string): Schema | undefined {
  const compact = (text: string) => text.toLowerCase().replace(/\s+/g, '').replaceAll('"', '');
  const plain = compact(type).split(';')[0]!;
  const wanted = [compact(type), plain, `${plain.split('/')[0]}/*`, '*/*'];
  const keys = Object.keys(content);
  const found = wanted.map((name) => keys.find((key) => compact(key) === name)).find(Boolean);
  // Answers may leave parameters out that only the document has.
  const key = found ?? keys.find((name) => compact(name).split(';')[0] === plain);
  return key === undefined ? undefined : content[key];
}

/** The key of the class of a status, `5XX`. */
function classOf(responses: Schema, status: number): string {
  const first = String(status)[0];
  return Object.keys(responses).find((key) => key.toUpperCase() === `${first}XX`) ?? `${first}XX`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
