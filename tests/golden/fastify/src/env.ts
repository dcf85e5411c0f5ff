/** Reads one environment variable: the value, or a sentence that says what is wrong with it. */
export interface Setting<Value> {
  parse(text: string): Value | Wrong;
  /** What an unset variable means; a setting without one must be set. */
  default?: Value;
  /** The same in development and tests, which NODE_ENV has to name. */
  developmentDefault?: Value;
  /** Name of another setting that must be greater. */
  below?: string;
}

export class Wrong {
  constructor(readonly sentence: string) {}
}

/** Everything that is wrong with the environment, a line each. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

interface Range {
  min: number;
  max: number;
  default?: number;
  below?: string;
}

export const setting = {
  integer({ min, max, ...rest }: Range): Setting<number> {
    return {
      ...rest,
      parse: (text) => {
        const value = Number(text);
        const good = /^\d{1,15}$/.test(text) && value >= min && value <= max;
        return good ? value : new Wrong(`must be a whole number from ${min} to ${max}, not "${text}"`);
      },
    };
  },

  string(options: { default?: string }): Setting<string> {
    return { ...options, parse: (text) => text };
  },

  boolean(options: { default?: boolean }): Setting<boolean> {
    return {
      ...options,
      parse: (text) =>
        text === 'true' || (text === 'false' ? false : new Wrong(`must be true or false, not "${text}"`)),
    };
  },

  enum({ values, ...rest }: { values: string[]; default?: string }): Setting<string> {
    return {
      ...rest,
      parse: (text) =>
        values.includes(text) ? text : new Wrong(`must be one of ${values.join(', ')}, not "${text}"`),
    };
  },

  list(options: { default?: string }): Setting<string[]> {
    const parse = (text: string) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
    return { parse, ...(options.default === undefined ? {} : { default: parse(options.default) }) };
  },

  /** Never echoes the value: a connection URL holds a password. */
  url({
    protocols,
    ...rest
  }: {
    protocols: string[];
    default?: string;
    developmentDefault?: string;
  }): Setting<string> {
    const known = protocols.map((protocol) => `${protocol}:`);
    return {
      ...rest,
      parse: (text) =>
        known.some((protocol) => text.startsWith(protocol)) && URL.canParse(text)
          ? text
          : new Wrong(`must be a URL that starts with ${known.join(' or ')}`),
    };
  },

  secret({ minLength = 32 }: { minLength?: number } = {}): Setting<string> {
    return {
      parse: (text) => {
        if (text.length < minLength) return new Wrong(`is too short: at least ${minLength} characters`);
        if (new Set(text).size < 10 || /change.?me|example|placeholder|password/i.test(text)) {
          return new Wrong('is too easy to guess: make one with "openssl rand -base64 32"');
        }
        return text.replaceAll('\\n', '\n');
      },
    };
  },
};

/** Values of NODE_ENV: without one of them the process is taken to be in production. */
const developmentModes = ['development', 'test'];

type Values<Settings> = {
  readonly [Name in keyof Settings]: Settings[Name] extends Setting<infer Value> ? Value : never;
};

/**
 * Reads all settings.
 * @throws EnvironmentError with a line for each that is missing or wrong
 */
export function readEnvironment<Settings extends Record<string, Setting<unknown>>>(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
): Values<Settings> {
  const development = developmentModes.includes(environment.NODE_ENV ?? '');
  const lines: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(settings)) {
    const text = environment[name];
    const fallback = development && 'developmentDefault' in entry ? entry.developmentDefault : entry.default;
    if (text !== undefined && text !== '') {
      const value = entry.parse(text);
      if (value instanceof Wrong) lines.push(`${name} ${value.sentence}`);
      else values[name] = value;
    } else if (fallback === undefined) lines.push(`${name} is not set (README.md says what it is for)`);
    else values[name] = fallback;
  }
  for (const [name, { below }] of Object.entries(settings)) {
    const [value, limit] = [values[name], below && values[below]];
    if (typeof value === 'number' && typeof limit === 'number' && value >= limit) {
      lines.push(`${name} (${value}) must be less than ${below} (${limit})`);
    }
  }
  if (lines.length > 0) throw new EnvironmentError(lines);
  return values as Values<Settings>;
}
