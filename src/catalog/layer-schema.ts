import type { JsonSchema, SlotDeclaration, SlotKind } from './layer.js';

const kinds = ['text', 'document', 'list', 'set', 'map', 'min', 'value'] satisfies SlotKind[];

/** Headings of docs/slots.md, in their order. Slots of a language stand under its own name, behind them. */
export const slotGroups: readonly string[] = [
  'project',
  'commands',
  'services',
  'image',
  'deployment',
  'pipeline',
  'operation',
  'load',
  'documents',
];

const text = { type: 'string', minLength: 1 };
const reasons = { type: 'object', additionalProperties: text };
const schemas = { type: 'object', additionalProperties: { type: ['object', 'boolean'] } };

function object(properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** JSON Schema of the declaration of a slot. What its own schemas hold is checked when they are compiled. */
export const declarationSchema: JsonSchema = {
  ...object(
    {
      kind: {
        enum: kinds,
        description:
          '`text` joins parts, `document` merges parts that are data, `list` keeps order, `set` sorts and drops repeats, `map` merges by key, `min` takes the least, `value` is what one layer gives, or nothing.',
      },
      group: { type: 'string', description: 'The heading of docs/slots.md that it stands under.' },
      about: {
        type: 'string',
        pattern: '^[A-Z`].*\\.$',
        description: 'What it is for: one sentence.',
      },
      items: {
        type: 'object',
        description:
          'JSON Schema (2020-12) of one item, of each value of a map, of the number of a minimum, or of the value.',
      },
      keys: {
        ...schemas,
        description: 'Of a map whose keys are known: the JSON Schema of each value, in place of `items`.',
      },
      required: {
        type: 'array',
        items: text,
        uniqueItems: true,
        description: 'Of a map with `keys`: the required ones.',
      },
    },
    ['kind', 'group', 'about'],
  ),
  dependentRequired: { required: ['keys'] },
  allOf: [
    {
      if: { properties: { kind: { enum: ['list', 'set', 'min', 'value'] } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['items'], properties: { keys: false, required: false } },
    },
    {
      if: { properties: { kind: { enum: ['text', 'document'] } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { items: false, keys: false, required: false } },
    },
    {
      if: { properties: { kind: { const: 'map' } }, not: { required: ['keys'] } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['items'] },
    },
    {
      if: { properties: { kind: { const: 'map' } }, required: ['keys'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { items: false } },
    },
  ],
};

/** JSON Schema of a layer.json, except the content of `slots` and `contributes`. */
export const layerFormSchema: JsonSchema = {
  ...object({
    $schema: { type: 'string', description: 'The path of layer.schema.json, for editors.' },
    title: { ...text, description: 'What `list` and the prompts show.' },
    hint: { ...text, description: 'One line beside the title.' },
    rank: {
      type: 'integer',
      minimum: 0,
      description:
        'Order among the values of an axis (the lowest is the default) and among the layers of every project.',
    },
    requires: {
      type: 'object',
      additionalProperties: { type: 'array', items: text, minItems: 1 },
      description: 'Values of other axes that this one needs, by axis.',
    },
    because: { ...text, description: 'The sentence that a user reads when `requires` is not met.' },
    extends: {
      anyOf: [text, { type: 'array', items: text, minItems: 1, uniqueItems: true }],
      description:
        'The layer or layers, by their folders below templates/, that come before this one: what several values have in common.',
    },
    slots: { type: 'object', description: 'The slots that this layer declares, by name.' },
    reserved: {
      ...object({ resources: reasons, firstWords: reasons, fields: reasons }),
      description: 'Names that resources and fields cannot have, each with the reason.',
    },
    refuses: {
      ...reasons,
      description: 'Marks of resources that do not go with this value, each with the reason.',
    },
    tableChanges: {
      enum: ['online', 'rebuild'],
      description:
        'How a database changes a table: beside requests, in several migrations, or by a copy of the table.',
    },
    installation: {
      ...object(
        {
          command: { ...text, description: 'The program and its arguments, separated by spaces.' },
          environment: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'Variables that are set for it.',
          },
          reads: {
            type: 'array',
            items: text,
            description: 'Files that say which packages it installs.',
          },
          leaves: { type: 'array', items: text, description: 'Files and folders that it makes.' },
          claims: {
            ...text,
            description: 'A file of it which, empty, makes a folder a project of its own below another one.',
          },
          workspace: {
            ...object(
              {
                file: { ...text, description: 'The file of a folder above, in JSON or TOML.' },
                table: { ...text, description: 'The path of keys, with dots, to the patterns of members.' },
                exclusion: {
                  ...text,
                  description:
                    'What excludes a project, and where it is written; {folder} stands for its path.',
                },
              },
              ['file', 'table', 'exclusion'],
            ),
            description: 'Where a folder above says that the project is installed with others.',
          },
          offline: {
            ...object(
              {
                fill: {
                  ...text,
                  description: 'Fills a cache, by an installation; {cache} stands for its folder.',
                },
                install: { ...text, description: 'Installs from that cache, without a network.' },
                systems: {
                  type: 'array',
                  items: { type: 'object', additionalProperties: text },
                  description:
                    'The systems that one computer can fill the cache for; the command has their values in braces.',
                },
                needs: { ...text, description: 'What a computer needs besides Node.js.' },
                diskMb: { type: 'integer', description: 'What the packages take on disk.' },
                networkMb: { type: 'integer', description: 'What their download takes.' },
              },
              ['fill', 'install', 'diskMb', 'networkMb'],
            ),
            description: 'How it installs without a network.',
          },
        },
        ['command', 'reads', 'leaves'],
      ),
      description: 'Of a package manager: how it installs a project.',
    },
    contributes: {
      type: 'object',
      description: 'What this layer adds to slots, its own or those of other layers.',
    },
  }),
  dependentRequired: { requires: ['because'] },
};

/** JSON Schema of what one layer contributes to a slot of data, references resolved. */
export function contributionSchema({ kind, items = {}, keys, required = [] }: SlotDeclaration): JsonSchema {
  if (kind === 'min' || kind === 'value') return items;
  if (kind === 'map')
    return keys ? object(keys, required) : { type: 'object', additionalProperties: items, minProperties: 1 };
  return { type: 'array', items, ...(kind === 'set' ? { uniqueItems: true } : {}) };
}

/**
 * JSON Schema of a whole layer.json, for editors: contributions are typed by slot, and a reference may stand where a
 * number or a name may.
 * @param declared the declarations of each slot; two where languages have one of the same name
 * @param references the names that `$plan` and `$project` know
 */
export function layerSchema(
  declared: ReadonlyMap<string, readonly SlotDeclaration[]>,
  references: { plan: readonly string[]; project: readonly string[] },
): JsonSchema {
  const form = layerFormSchema.properties as Record<string, JsonSchema>;
  const data = [...declared]
    .filter(([, [first]]) => first?.kind !== 'text' && first?.kind !== 'document')
    .map(([slot, declarations]) => [slot, slotSchema(declarations)] as const);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'layer.json',
    ...layerFormSchema,
    properties: {
      ...form,
      slots: { ...form.slots, additionalProperties: { $ref: '#/$defs/declaration' } },
      contributes: {
        ...form.contributes,
        properties: Object.fromEntries(data),
        additionalProperties: false,
      },
    },
    $defs: {
      declaration: declarationSchema,
      plan: {
        ...object({ $plan: { enum: references.plan } }, ['$plan']),
        description: 'A number of the plan.',
      },
      project: {
        ...object({ $project: { enum: references.project } }, ['$project']),
        description: 'A name of the project.',
      },
    },
  };
}

function slotSchema(declarations: readonly SlotDeclaration[]): JsonSchema {
  const schemas = declarations.map((declaration) => ({
    description: declaration.about,
    ...withReferences(contributionSchema(declaration)),
  }));
  return schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
}

/** The schema with a reference allowed wherever it allows any number or any text. */
function withReferences(schema: JsonSchema): JsonSchema {
  const { description, ...inner } = withReferencesBelow(schema);
  const types = [schema.type].flat();
  const free = schema.enum === undefined && schema.const === undefined;
  const allowed = [
    ...(free && (types.includes('integer') || types.includes('number')) ? [{ $ref: '#/$defs/plan' }] : []),
    ...(free && schema.pattern === undefined && types.includes('string')
      ? [{ $ref: '#/$defs/project' }]
      : []),
  ];
  const described = description === undefined ? {} : { description };
  return allowed.length === 0 ? { ...described, ...inner } : { ...described, anyOf: [inner, ...allowed] };
}

/** Where schemas stand inside of one: as the value of a keyword, as a list of it, or by names below it. */
const nested = {
  one: ['items', 'additionalProperties', 'then', 'else'],
  list: ['allOf', 'anyOf', 'oneOf'],
  named: ['properties', 'patternProperties'],
};

function withReferencesBelow(schema: JsonSchema): JsonSchema {
  const changed = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    if (typeof value !== 'object' || value === null) return [keyword, value];
    if (nested.one.includes(keyword)) return [keyword, withReferences(value as JsonSchema)];
    if (nested.list.includes(keyword)) return [keyword, (value as JsonSchema[]).map(withReferences)];
    if (!nested.named.includes(keyword)) return [keyword, value];
    const named = Object.entries(value).map(([name, entry]) => [
      name,
      typeof entry === 'object' ? withReferences(entry as JsonSchema) : entry,
    ]);
    return [keyword, Object.fromEntries(named)];
  });
  return Object.fromEntries(changed);
}
