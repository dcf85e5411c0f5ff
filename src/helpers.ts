/** The Handlebars helpers that templates may use. None of them asks about a choice. */
export const helpers = {
  /** `{{indent 4 text}}`: each line but empty ones moved right. */
  indent(spaces: number, text: string): string {
    return text.replace(/^(?=.)/gm, ' '.repeat(spaces)).trimEnd();
  },

  /** `{{json value}}`: JSON on one line. */
  json(value: unknown): string {
    return JSON.stringify(value);
  },

  /** `{{flow value}}`: YAML in flow style, as a person would write it. */
  flow(value: unknown): string {
    return flow(value);
  },

  /** `{{join list ", "}}` */
  join(list: readonly unknown[], separator: string): string {
    return list.join(separator);
  },

  /** `{{pick table key}}`: like lookup, but a missing key is an error. */
  pick(table: Record<string, unknown>, key: string): unknown {
    if (!Object.hasOwn(table, key)) throw new Error(`no "${key}" among ${Object.keys(table).join(', ')}`);
    return table[key];
  },
};

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, entry]) => `${scalar(key)}: ${flow(entry)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : JSON.stringify(value);
}

function scalar(text: string): string {
  const plain =
    /^[A-Za-z][A-Za-z0-9_/-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
