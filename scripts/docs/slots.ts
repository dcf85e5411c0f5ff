import { manifestPath, runSlots } from '../../src/answers/manifest.js';
import { declarationFor, referenceNames } from '../../src/catalog/check-layers.js';
import type { JsonSchema, SlotDeclaration } from '../../src/catalog/layer.js';
import { layerSchema, slotGroups } from '../../src/catalog/layer-schema.js';
import type { SourceLayer } from '../../src/catalog/template-files.js';

/** A slot with all that the layers say about it. */
interface Slot {
  name: string;
  owner: string;
  declaration: SlotDeclaration;
  contributors: string[];
  readers: string[];
}

/** The text of templates/layer.schema.json: what an editor knows about a layer.json. */
export function schemaText(layers: readonly SourceLayer[]): string {
  const declared = new Map<string, SlotDeclaration[]>();
  for (const { declares } of layers)
    for (const [slot, declaration] of Object.entries(declares))
      declared.set(slot, [...(declared.get(slot) ?? []), declaration]);
  return `${JSON.stringify(layerSchema(declared, referenceNames), null, 2)}\n`;
}

/** The text of docs/slots.md: every slot by group, with the keys of its items, its owner, contributors and readers. */
export function slotsPage(layers: readonly SourceLayer[]): string {
  const slots = slotsOf(layers);
  const groups = [...new Set([...slotGroups, ...slots.map(({ declaration }) => declaration.group)])];
  const sections = groups.flatMap((group) => {
    const inGroup = slots.filter(({ declaration }) => declaration.group === group);
    return inGroup.length === 0 ? [] : [`## ${capital(group)}`, ...inGroup.map(slotText)];
  });
  return `${[
    '# Slots',
    `What the layers below \`templates/\` say about files of other layers. A slot is declared in the \`layer.json\` of its owner; this
page is made of the declarations by \`npm run docs\`. A \`text\` slot joins parts (\`parts/<slot>.*\`), a \`document\`
merges parts that are data (\`parts/<slot>.data.yaml\`); the others take data from
\`contributes\`: a \`list\` keeps order, a \`set\` sorts and drops repeats, a \`map\` merges by key, a \`min\` takes the least.`,
    ...sections,
  ].join('\n\n')}\n`;
}

function slotsOf(layers: readonly SourceLayer[]): Slot[] {
  const owners = inOrder(layers).flatMap(({ id, declares }) =>
    Object.entries(declares).map(([name, declaration]) => ({ name, owner: id, declaration })),
  );
  /** The slots that something in a layer is about. */
  const meant = (id: string, name: string) =>
    declarationFor(
      id,
      owners.filter((slot) => slot.name === name),
    );
  const uses = layers.map((layer) => ({
    id: layer.id,
    contributed: contributedBy(layer),
    reads: readsOf(layer),
  }));
  return owners.map((slot) => ({
    ...slot,
    contributors: uses
      .filter(({ id, contributed }) => contributed.includes(slot.name) && meant(id, slot.name) === slot)
      .map(({ id }) => id),
    readers: [
      ...uses.flatMap(({ id, reads }) =>
        reads.filter(({ name }) => name === slot.name && meant(id, name) === slot).map(({ file }) => file),
      ),
      ...((runSlots as readonly string[]).includes(slot.name) ? [`${manifestPath} of the project`] : []),
    ],
  }));
}

/** The layers of every project first, as they are rendered, then the others by their folders. */
function inOrder(layers: readonly SourceLayer[]): SourceLayer[] {
  const place = ({ id, data }: SourceLayer) =>
    id.includes('/') ? Number.POSITIVE_INFINITY : (data.rank ?? 99);
  return layers.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

function contributedBy({ data, parts, resourceParts }: SourceLayer): string[] {
  return [
    ...Object.keys(data.contributes ?? {}),
    ...[...parts, ...resourceParts].map(({ path }) => path.split('.')[0]!),
  ];
}

/** The slots that the templates of a layer read, with the file that does. */
function readsOf({
  files,
  parts,
  resourceFiles,
  migrationFiles,
  resourceParts,
}: SourceLayer): { name: string; file: string }[] {
  return [...files, ...parts, ...resourceFiles, ...resourceParts, ...migrationFiles]
    .filter(({ template, data }) => template || data)
    .flatMap(({ source, text }) =>
      [...new Set([...text.matchAll(/\bslots\.(\w+)/g)].map(([, name]) => name!))].map((name) => ({
        name,
        file: source,
      })),
    );
}

function slotText({ name, owner, declaration, contributors, readers }: Slot): string {
  const { kind, about, items, keys, required = [] } = declaration;
  const rows = keys ? keyRows(keys, required, '') : rowsBelow(items ?? {}, '');
  const single =
    items && !items.properties ? [`Each ${kind === 'map' ? 'value' : 'item'}: ${typeOf(items)}.`] : [];
  return [
    `### \`${name}\``,
    `**${kind}** · ${about}${kind === 'min' ? ` It is of type ${typeOf(items ?? {})}.` : ''}`,
    ...(kind === 'min' ? [] : single),
    ...(rows.length > 0
      ? [['| key | type | required | meaning |', '|---|---|---|---|', ...rows].join('\n')]
      : []),
    [
      `- declared by \`${owner}\``,
      `- contributed by ${listed(contributors)}`,
      `- read by ${listed(readers)}`,
    ].join('\n'),
  ].join('\n\n');
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function keyRows(
  keys: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
  prefix: string,
): string[] {
  return Object.entries(keys).flatMap(([key, schema]) => [
    `| \`${prefix}${key}\` | ${cell(typeOf(schema))} | ${required.includes(key) ? 'yes' : ''} | ${cell((schema.description as string) ?? '')} |`,
    ...rowsBelow(schema, `${prefix}${key}`),
  ]);
}

/** Rows for the keys of an object, or of the objects in a list. */
function rowsBelow(schema: JsonSchema, prefix: string): string[] {
  if (schema.type === 'array') return rowsBelow(schema.items as JsonSchema, `${prefix}[]`);
  if (!schema.properties) return [];
  const keys = schema.properties as Record<string, JsonSchema>;
  return keyRows(keys, (schema.required as string[]) ?? [], prefix && `${prefix}.`);
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return (schema.enum as string[]).map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items as JsonSchema)}`;
  if (schema.type === 'object')
    return schema.properties ? 'object' : `map of ${typeOf(schema.additionalProperties as JsonSchema)}`;
  const { minimum, maximum } = schema;
  const range =
    maximum !== undefined ? ` ${minimum}–${maximum}` : minimum !== undefined ? ` from ${minimum} on` : '';
  const pattern = schema.pattern ? ` \`${schema.pattern}\`` : '';
  return `${[schema.type].flat().join(' or ')}${range}${pattern}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
