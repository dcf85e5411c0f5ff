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

function python(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}
