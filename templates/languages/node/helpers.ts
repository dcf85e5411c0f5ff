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

function script(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(script).join(', ')}]`;
  return typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : JSON.stringify(value);
}
