/** Longer lines are broken, as a formatter does. */
const lineWidth = 105;

/** `{{literal value "key key" 2}}`: a JavaScript object of the named keys that are there, as a formatter prints it. */
export function literal(value: Record<string, unknown>, keys: string, column: number): string {
  return objectLiteral(value, keys, column, 0);
}

/** @param taken characters before it in its line, besides the indentation */
function objectLiteral(value: Record<string, unknown>, keys: string, column: number, taken: number): string {
  const entries = keys.split(' ').flatMap((key) => (key in value ? [`${key}: ${script(value[key])}`] : []));
  if (entries.length === 0) return '';
  const line = `{ ${entries.join(', ')} }`;
  if (column + taken + line.length <= lineWidth) return line;
  const pad = ' '.repeat(column - (column % 2 === 0 ? 0 : 1));
  return `{\n${entries.map((entry) => `${pad}${entry},\n`).join('')}${pad.slice(2)}}`;
}

/** `{{schemaOfSetting setting 2}}`: the JSON Schema of an environment variable. */
export function schemaOfSetting(setting: Record<string, unknown>, column: number): string {
  const { type, min: minimum, max: maximum, values, minLength = 32 } = setting;
  const kinds: Record<string, Record<string, unknown>> = {
    integer: { type, minimum, maximum },
    boolean: { type },
    enum: { type: 'string', enum: values },
    list: { type: 'string', separator: ',' },
    secret: { type: 'string', format: 'secret', minLength },
    url: { type: 'string', protocols: setting.protocols },
  };
  const schema = { ...setting, ...(kinds[String(type)] ?? { type: 'string' }) };
  const keys = 'type minimum maximum enum separator format minLength protocols default developmentDefault';
  return objectLiteral(schema, keys, column, String(setting.name).length);
}

/** `{{property name}}`: the name of a property of a JavaScript object, in quotes where it needs them. */
export function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : script(name);
}

/** The line width of biome.json. */
const formatWidth = 110;

interface Block {
  fn(context: object): string;
  inverse(context: object): string;
}

/** Marks of the preview, which have no width. */
const marks = /\ue000[^\ue001]*\ue001/gu;

/**
 * `{{#fit}}…{{/fit}}`: code in several lines. It becomes one line where that fits, as the formatter prints it; of a call whose
 * last argument is a function, the line ends with the head of the function. What follows `{{else}}` is for a line that is too
 * long even so.
 */
export function fit(this: object, options: Block): string {
  const text = options.fn(this);
  const lines = text.trimEnd().split('\n');
  const codes = lines.map((line) => line.replaceAll(marks, ''));
  const margin = codes[0]!.search(/\S/);
  const argument = (ending: RegExp) =>
    codes.findIndex((code) => code.search(/\S/) === margin + 2 && ending.test(code));
  const head = argument(/ =>( \{)?$/);
  const first = head < 0 ? codes.length : head + 1;
  const flat = ' '.repeat(margin) + joined(codes.slice(0, first));
  const fits = (code: string) => code.length <= formatWidth;
  if (!fits(flat)) return (!codes.every(fits) && options.inverse(this)) || text;
  const origins = lines.slice(0, first).map((line) => (line.match(marks) ?? []).join(''));
  const body = lines.slice(first, -1).map((line) => line.replace('  ', ''));
  const last = head < 0 ? [] : lines.slice(-1);
  if (codes[head]?.endsWith('{')) last[0] = `${body.pop()!.replace(/,$/, '')}${codes.at(-1)!.trim()}`;
  return [origins.join('') + flat, ...body, ...last, ''].join('\n');
}

function joined(codes: readonly string[]): string {
  return codes
    .map((code) => code.trim())
    .join('\n')
    .replace(/([([])\n/g, '$1')
    .replace(/,?\n([)\]])/g, '$1')
    .replace(/,\n\}/g, ' }')
    .replace(/\n\./g, '.')
    .replaceAll('\n', ' ');
}

/** `{{formatted value "const samples = "}}`: a statement with a value of JSON, as the formatter prints it. */
export function formatted(value: unknown, before: string): string {
  return `${before}${printed(value, 0, before.length + 1)};`;
}

/** @param taken characters of its line besides it */
function printed(value: unknown, margin: number, taken: number): string {
  const flat = script(value);
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return flat;
  const items: unknown[] = Array.isArray(value) ? value : [];
  const large = (item: unknown) => typeof item === 'object' && item !== null && Object.keys(item).length > 1;
  const broken = items.length > 1 && items.every(large);
  if (!broken && taken + flat.length <= formatWidth) return flat;
  const pad = ' '.repeat(margin + 2);
  const lines = Array.isArray(value)
    ? value.map((item) => printed(item, margin + 2, margin + 3))
    : Object.entries(value).map(([name, item]) => {
        const key = `${property(name)}: `;
        return `${key}${printed(item, margin + 2, margin + 3 + key.length)}`;
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.map((line) => `${pad}${line},\n`).join('')}${' '.repeat(margin)}${close}`;
}

/** `{{#each (typesBeyond resources)}}`: the types of fields that only some projects have, of those that this one has. */
export function typesBeyond(resources: readonly { fields: readonly { type: string; item?: object }[] }[]): string[] {
  const used = resources.flatMap(({ fields }) => fields.map(({ type, item }) => (item ? 'list' : type)));
  return ['email', 'json', 'list', 'money', 'url'].filter((type) => used.includes(type));
}

/** `{{completed field}}`: the value of a field in a body, or what it is without one. */
export function completed(field: { name: string; nullable: boolean; hasDefault: boolean; default?: unknown }): string {
  const given = `input.${field.name}`;
  if (!field.hasDefault) return field.nullable ? `${given} ?? null` : given;
  const initial = script(field.default);
  return field.nullable ? `${given} === undefined ? ${initial} : ${given}` : `${given} ?? ${initial}`;
}

/** `{{formatted (releases resources) "…"}}`: the references that let what they refer to be deleted, by its table. */
export function releases(
  resources: readonly { table: string; tenant: boolean; released: { tenant: boolean }[] }[],
): unknown {
  const all = resources.filter(({ released }) => released.length > 0);
  const tenants = resources.some(({ tenant }) => tenant);
  const told = ({ tenant, ...reference }: { tenant: boolean }) =>
    tenants ? { ...reference, tenant } : reference;
  return Object.fromEntries(all.map(({ table, released }) => [table, released.map(told)]));
}

interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  anyOf?: JsonSchema[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
}

/** `{{interfaces (data slots.schemas)}}`: the types of JSON Schemas by name, as json-schema-to-typescript prints them. */
export function interfaces(schemas: Record<string, JsonSchema>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => `${comment(schema, '')}export interface ${name} ${members(schema, '')}\n`)
    .join('\n');
}

function members({ properties = {}, required = [], additionalProperties }: JsonSchema, pad: string): string {
  const named = Object.entries(properties).map(
    ([name, schema]) =>
      `${comment(schema, `${pad}  `)}${pad}  ${property(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema, `${pad}  `)};`,
  );
  const others = additionalProperties === true ? {} : additionalProperties;
  const all = others ? [...named, `${pad}  [k: string]: ${typeOf(others, `${pad}  `)};`] : named;
  return all.length === 0 ? '{}' : `{\n${all.join('\n')}\n${pad}}`;
}

function typeOf(schema: JsonSchema, pad: string): string {
  if (schema.$ref) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.enum) return schema.enum.map(script).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((each) => typeOf(each, pad)).join(' | ');
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? 'unknown' : types.map((type) => plainType(type, schema, pad)).join(' | ');
}

function plainType(type: string, schema: JsonSchema, pad: string): string {
  if (type === 'integer') return 'number';
  if (type === 'object') return members(schema, pad);
  if (type !== 'array') return type;
  const item = typeOf(schema.items ?? {}, pad);
  return /^[^{].* \| /.test(item) ? `(${item})[]` : `${item}[]`;
}

function comment({ description }: JsonSchema, pad: string): string {
  return description ? `${pad}/**\n${pad} * ${description}\n${pad} */\n` : '';
}

function script(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(script).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, item]) => `${property(name)}: ${script(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  if (typeof value !== 'string' || (value.includes("'") && !value.includes('"'))) return JSON.stringify(value);
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** `{{#each (byPath resources)}}`: resources in the order in which the formatter sorts their imports. */
export function byPath<Item extends { path: string }>(resources: readonly Item[]): Item[] {
  return [...resources].sort((a, b) => (a.path < b.path ? -1 : 1));
}
