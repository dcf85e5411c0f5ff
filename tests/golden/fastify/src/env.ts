import { Ajv, type AnySchemaObject } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import { envSchema } from 'env-schema';

/** JSON Schema of each setting, by the name of its environment variable. */
type Settings = Record<string, AnySchemaObject>;

/** The types that env-schema makes of the texts in the environment. */
export type Values<Schemas> = {
  readonly [Name in keyof Schemas]: Schemas[Name] extends { separator: string }
    ? string[]
    : Schemas[Name] extends { type: 'integer' }
      ? number
      : Schemas[Name] extends { type: 'boolean' }
        ? boolean
        : string;
};

/** Everything that is wrong with the environment, a line each. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/** Values of NODE_ENV: without one of them the process is taken to be in production. */
const developmentModes = ['development', 'test'];

const hasProtocol = (protocols: readonly string[], text: string) =>
  text === '' || (URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)));
const isHardToGuess = (text: string) =>
  new Set(text).size >= 10 && !/change.?me|example|placeholder|password/i.test(text);

const ajv = new Ajv({ allErrors: true, coerceTypes: true, removeAdditional: true, useDefaults: true });
ajv.addFormat('secret', isHardToGuess);
ajv.addKeyword('developmentDefault');
ajv.addKeyword({ keyword: 'protocols', type: 'string', validate: hasProtocol });
ajv.addKeyword({
  keyword: 'separator',
  type: 'string',
  modifying: true,
  validate(mark: string, text: string, _schema?: unknown, place?: DataValidationCxt) {
    const entries = text.split(mark).map((entry) => entry.trim());
    if (place) place.parentData[place.parentDataProperty] = entries.filter(Boolean);
    return true;
  },
});

/**
 * Reads all settings. An empty variable counts as one that is not set.
 * @throws EnvironmentError with a line for each that is missing or wrong
 */
export function readEnvironment<const Schemas extends Settings>(
  properties: Schemas,
  environment: NodeJS.ProcessEnv,
): Values<Schemas> {
  const development = developmentModes.includes(environment.NODE_ENV ?? '');
  const data = Object.fromEntries(
    Object.entries(properties).flatMap(([name, { developmentDefault }]) => {
      const value = environment[name] || (development ? developmentDefault : undefined);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  try {
    const schema = { type: 'object', properties, required: Object.keys(properties) };
    return envSchema<Values<Schemas>>({ schema, data, env: false, ajv });
  } catch (error) {
    const names = new Set(
      (ajv.errors ?? []).map(({ params, instancePath }) => params.missingProperty ?? instancePath.slice(1)),
    );
    if (names.size === 0) throw error;
    throw new EnvironmentError(
      [...names].map((name) => `${name} ${fault(properties[name] ?? {}, environment[name])}`),
    );
  }
}

/** What is wrong with a setting. Shows no value that may be a secret: a connection URL holds a password. */
function fault(schema: AnySchemaObject, text: string | undefined): string {
  const { type, minimum, maximum, minLength, protocols, enum: values, format } = schema;
  if (!text) return 'is not set (README.md says what it is for)';
  if (protocols) return `must be a URL that starts with ${protocols.join(': or ')}:`;
  if (format === 'secret' && text.length < minLength) return `is too short: at least ${minLength} characters`;
  if (format === 'secret') return 'is too easy to guess: make one with "openssl rand -base64 32"';
  if (type === 'integer') return `must be a whole number from ${minimum} to ${maximum}, not "${text}"`;
  return `must be ${values ? `one of ${values.join(', ')}` : 'true or false'}, not "${text}"`;
}
