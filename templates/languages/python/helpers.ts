/** `{{named value "key key"}}`: the named keys that are there, as keyword arguments of Python. */
export function named(value: Record<string, unknown>, keys: string): string {
  return keys
    .split(' ')
    .flatMap((key) => (key in value ? [`${snake(key)}=${python(value[key])}`] : []))
    .join(', ');
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `{{pythonLiteral value}}`: a value of JSON as Python writes it. */
export function pythonLiteral(value: unknown): string {
  return python(value);
}

function python(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}: ${python(entry)}`);
    return `{${entries.join(', ')}}`;
  }
  return JSON.stringify(value);
}
