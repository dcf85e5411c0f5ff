import type { Contract, Resource, Schema } from '../../contract/contract.js';
import { jsonSchemaOf } from '../../contract/document.js';
import { expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';

/** Keywords that say which values a field takes (JSON Schema Validation 2020-12, section 6 and 7). */
const constraints = [
  ...['type', 'nullable', 'enum', 'const', 'format', 'pattern', 'minLength', 'maxLength', 'multipleOf'],
  ...['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'minItems', 'maxItems', 'uniqueItems'],
  ...['items', 'anyOf', 'oneOf', 'allOf', 'x-references'],
];
/** Those that hold for requests and responses alike: a response may leave out what only a writer needs to know. */
const everywhere = ['enum', 'const', 'format', 'x-references'];
/** Those of a filter, which takes values of the field. */
const ofValues = ['enum', 'const', 'format'];

/** A schema of items, with a name for messages. */
interface Place {
  name: string;
  properties: Record<string, Schema>;
  required: string[];
}

export const alike: Row = {
  id: 'OA3',
  group: 'versioning',
  title: 'the document describes a field alike in every operation',
  expected:
    'the same constraints in the bodies of POST, PUT and PATCH, the same in every response, the same values in both and in filters; POST and PUT require the same fields; each order has its reverse, or none has',
  source: 'OpenAPI 3.1, section 4.8.24 (Schema Object); OWASP API9:2023',
  remedy: 'Describe a field once and refer to it, or make the schemas of all operations from one model.',
  evidence: [],
  needs: ['resource'],
  quick: true,
  async run({ contract }) {
    for (const resource of contract.resources) {
      const requests = requestsOf(contract, resource);
      const responses = responsesOf(contract, resource);
      expectSameConstraints(requests, constraints);
      expectSameConstraints(responses, constraints);
      expectSameConstraints([...requests, ...responses], everywhere);
      expectSameConstraints([...requests, ...responses, filtersOf(resource)], ofValues);
      expectSameRequired(requests.filter(({ name }) => !name.startsWith('PATCH')));
      expectReversible(resource);
    }
  },
};

function requestsOf(contract: Contract, { path, item }: Resource): Place[] {
  const bodies = [
    ['POST', path],
    ['PUT', item('0')],
    ['PATCH', item('0')],
  ] as const;
  return bodies.flatMap(([method, place]) => {
    const operation = contract.find(method, place);
    return placesIn(`${method} ${operation?.path}`, jsonSchemaOf(operation?.source.requestBody));
  });
}

/** The whole item and the selected fields, of an item and of a list. */
function responsesOf(contract: Contract, { path, item, names }: Resource): Place[] {
  const answer = (place: string) => jsonSchemaOf(contract.find('GET', place)?.source.responses?.['200']);
  const name = `the items of GET ${path}`;
  const listed = answer(path);
  const items =
    listed?.type === 'array'
      ? placesIn(name, listed.items)
      : placesIn('list', listed).flatMap(({ properties }) =>
          placesIn(name, properties[names.items ?? 'data']?.items),
        );
  return [
    ...placesIn(`the response of GET ${contract.find('GET', item('0'))?.path}`, answer(item('0'))),
    ...items,
  ];
}

function filtersOf({ path, filters }: Resource): Place {
  return { name: `the filters of GET ${path}`, properties: filters, required: [] };
}

/** The schema, or its alternatives. */
function placesIn(name: string, schema: Schema | undefined): Place[] {
  if (!schema) return [];
  const alternatives: Schema[] = schema.anyOf ?? schema.oneOf ?? [schema];
  return alternatives
    .filter(({ properties }) => properties)
    .map(({ properties, required = [] }) => ({ name, properties, required }));
}

function expectSameConstraints(places: readonly Place[], keywords: readonly string[]): void {
  const first = new Map<string, { name: string; text: string }>();
  for (const { name, properties } of places)
    for (const [field, schema] of Object.entries(properties)) {
      const text = constraintsOf(schema, keywords);
      const earlier = first.get(field);
      if (!earlier) first.set(field, { name, text });
      else
        expectThat(
          earlier.text === text,
          `"${field}" in ${name} as in ${earlier.name}: ${earlier.text}`,
          text,
        );
    }
}

/** What a schema says of its values, without the alternative null: a merge patch takes null to remove a field. */
function constraintsOf(schema: Schema, keywords: readonly string[]): string {
  const { anyOf, oneOf, ...own } = schema;
  const alternatives = ((anyOf ?? oneOf ?? []) as Schema[]).filter(({ type }) => type !== 'null');
  const merged = Object.assign({}, own, ...(alternatives.length === 1 ? alternatives : []));
  if (alternatives.length > 1) merged.anyOf = alternatives;
  const withoutNull = (values: unknown) =>
    Array.isArray(values) ? values.filter((value) => value !== 'null' && value !== null).sort() : [values];
  if (merged.type !== undefined) merged.type = withoutNull(merged.type);
  if (merged.enum !== undefined) merged.enum = withoutNull(merged.enum);
  delete merged.nullable;
  return JSON.stringify(
    Object.fromEntries(keywords.filter((name) => name in merged).map((name) => [name, merged[name]])),
  );
}

function expectSameRequired(places: readonly Place[]): void {
  const [first, ...others] = places.map(({ name, required }) => ({
    name,
    text: [...required].sort().join(', ') || 'nothing',
  }));
  for (const { name, text } of others)
    expectThat(text === first!.text, `${name} to require what ${first!.name} does: ${first!.text}`, text);
}

function expectReversible({ path, sorts }: Resource): void {
  const reverse = (order: string) => (order.startsWith('-') ? order.slice(1) : `-${order}`);
  if (!sorts.some((order) => sorts.includes(reverse(order)))) return;
  for (const order of sorts)
    expectThat(
      sorts.includes(reverse(order)),
      `the order ${reverse(order)} of GET ${path}, as there is ${order}`,
      sorts.join(', '),
    );
}
