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

/** `{{serverDefault field}}`: the default of its column as an argument, nothing where it has none. */
export function serverDefault(field: { default?: unknown; columnDefault?: unknown }): string {
  const value = 'columnDefault' in field ? field.columnDefault : field.default;
  if (value === undefined) return '';
  if (typeof value === 'boolean') return `, server_default=sa.text("${value}")`;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (text !== '' && !text.includes("'")) return `, server_default=${JSON.stringify(text)}`;
  // Alembic takes an empty text for none, and does not double quotes. In SQL, a colon begins a parameter.
  const literal = `'${text.replaceAll("'", "''")}'`.replaceAll(':', '\\:');
  return `, server_default=sa.text(${JSON.stringify(literal)})`;
}

/** The line length of pyproject.toml. */
const lineLength = 110;

/** Marks of the preview, which have no width. */
const marks = /\ue000[^\ue001]*\ue001/gu;

/**
 * `{{#wrapped}}…{{/wrapped}}`: a statement with a line for each of its parts. The parts come on the line of the statement, or
 * on one line of their own, where they fit, as the formatter prints it.
 */
export function wrapped(this: object, options: { fn(context: object): string }): string {
  const text = options.fn(this);
  const lines = text.trimEnd().split('\n');
  const codes = lines.map((line) => line.replaceAll(marks, ''));
  const parts = codes.slice(1, -1).map((code) => code.trim());
  const [first, last] = [codes[0]!, codes.at(-1)!.trim()];
  const middle = parts.join(' ').replace(/,$/, '');
  const origins = (of: readonly string[]) => of.map((line) => (line.match(marks) ?? []).join('')).join('');
  const fits = (code: string) => code.length <= lineLength;
  const names = / import \($/.test(first);
  const flat = names
    ? `${first.slice(0, -1)}${middle}`
    : /[([{]$/.test(first)
      ? `${first}${middle}${last}`
      : `${first} ${last}`;
  if (fits(flat)) return `${origins(lines)}${flat}\n`;
  const margin = ' '.repeat(first.search(/\S/) + 4);
  if (names || !/\w[([]$/.test(first) || !fits(margin + middle)) return text;
  return [lines[0], origins(lines.slice(1, -1)) + margin + middle, lines.at(-1), ''].join('\n');
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

/** `{{executed statements transaction}}`: the body of a function that runs statements in SQL, `pass` without any. */
export function executed(statements: string[], transaction: boolean): string {
  if (statements.length === 0) return '    pass';
  const margin = transaction ? '    ' : '        ';
  // In a text of SQLAlchemy, a colon begins a parameter.
  const text = (statement: string) =>
    statement
      .replaceAll('\\', '\\\\')
      .replace(/:(?=\w)/g, '\\\\:')
      .replaceAll('"""', '\\"\\"\\"')
      .replace(/'[^']*'/g, (literal) => literal.replaceAll('\n', '\\n'));
  const calls = statements.map((statement) => {
    const lines = `"""\n${text(statement)}\n"""`.replace(/^(?=.)/gm, `${margin}    `);
    return `${margin}op.execute(\n${lines}\n${margin})`;
  });
  return [...(transaction ? [] : ['    with op.get_context().autocommit_block():']), ...calls].join('\n');
}

/** `{{revisionBefore revisions previous}}`: the revision that the one of a resource follows, those of no resource first. */
export function revisionBefore(revisions: string[], previous: string | null): string {
  return previous ?? [...revisions].sort().at(-1)!;
}

/** `{{revisionBelow revisions revision}}`: the revision that one of no resource follows. */
export function revisionBelow(revisions: string[], revision: string): string {
  return revisions.filter((other) => other < revision).sort().at(-1)!;
}
