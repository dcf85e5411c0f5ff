/** `{{settingDefault variable}}`: the default of a setting as an argument of `Field`, nothing where it has none. */
export function settingDefault({ type, default: value }: { type: string; default?: unknown }): string {
  if (value === undefined) return '';
  if (type !== 'list') return `default=${python(value)}`;
  const words = String(value).split(',').filter(Boolean);
  return `default=(${words.map((word) => `${python(word)},`).join(' ')})`;
}

/** `{{developmentDefaults env}}`: the defaults of development by the name of the variable, as Python writes them. */
export function developmentDefaults(env: readonly { name: string; developmentDefault?: string }[]): string {
  const given = env.filter(({ developmentDefault }) => developmentDefault !== undefined);
  return python(Object.fromEntries(given.map(({ name, developmentDefault }) => [name, developmentDefault])));
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

/** `{{revisionBefore revisions resources number}}`: the revision that the one of a resource follows. */
export function revisionBefore(revisions: string[], resources: { number: string }[], number: string): string {
  const index = resources.findIndex((resource) => resource.number === number);
  return resources[index - 1]?.number ?? [...revisions].sort().at(-1)!;
}
