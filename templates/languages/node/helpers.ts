/** Longer lines are broken, as a formatter does. */
const lineWidth = 105;

/** `{{literal value "key key" 2}}`: a JavaScript object of the named keys that are there, as a formatter prints it. */
export function literal(value: Record<string, unknown>, keys: string, column: number): string {
  const entries = keys.split(' ').flatMap((key) => (key in value ? [`${key}: ${script(value[key])}`] : []));
  if (entries.length === 0) return '';
  const line = `{ ${entries.join(', ')} }`;
  if (column + line.length <= lineWidth) return line;
  const pad = ' '.repeat(column - (column % 2 === 0 ? 0 : 1));
  return `{\n${entries.map((entry) => `${pad}${entry},\n`).join('')}${pad.slice(2)}}`;
}

/** `{{property name}}`: the name of a property of a JavaScript object, in quotes where it needs them. */
export function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : script(name);
}

function script(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(script).join(', ')}]`;
  return typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : JSON.stringify(value);
}
