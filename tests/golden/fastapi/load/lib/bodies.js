import { below, pick } from './random.js';

const longestText = 24;

/**
 * A body that the API accepts: the example of the contract, with other values where the schema is free.
 * @param referred gives the id of a row that a field may refer to
 */
export function bodyFor({ fields, required, example }, referred) {
  const body = {};
  for (const [name, schema] of Object.entries(fields)) {
    const usual = example[name];
    if (usual === null || (usual === undefined && !required.includes(name))) continue;
    body[name] = schema['x-references'] ? referred(schema) : valueOf(schema, usual);
  }
  return body;
}

/** A merge patch of what can be changed without regard to other rows. */
export function changesFor(resource) {
  return Object.fromEntries(
    Object.entries(bodyFor(resource, () => undefined)).filter(
      ([name, value]) => value !== undefined && !resource.fields[name]['x-unique'],
    ),
  );
}

function valueOf(schema, usual) {
  if (schema.enum) return pick(schema.enum);
  if (schema.type === 'boolean') return Math.random() < 0.5;
  return schema['x-unique'] || usual === undefined ? fresh(schema) : usual;
}

/** A value that no other row has, as far as the type has that many. */
function fresh({ type, format, pattern = '', minLength = 0, maxLength = longestText, minimum = 0, maximum = 2 ** 31 - 1 }) {
  if ([type].flat().includes('integer')) return minimum + below(maximum - minimum + 1);
  if (format in formats) return formats[format]();
  if (/^\^(-\?)?\(0\|/.test(pattern)) return `${1 + below(10 ** 12)}.${10 + below(90)}`;
  return text(Math.max(minLength, Math.min(maxLength, longestText)));
}

const formats = {
  uuid: () => crypto.randomUUID(),
  date: () => moment().slice(0, 10),
  'date-time': () => moment(),
  email: () => `${text(longestText)}@example.com`,
  uri: () => `https://example.com/${text(longestText)}`,
};

function text(length) {
  let made = '';
  while (made.length < length) made += Math.random().toString(36).slice(2);
  return made.slice(0, length);
}

function moment() {
  const first = Date.UTC(1970, 0, 1);
  return new Date(first + below(Date.UTC(2900, 0, 1) - first)).toISOString();
}
