import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Variables of verify's own, by name; undefined where a process has none. */
export type Values = Record<string, string | undefined>;

/** Settings with the addresses of the servers. */
export const databaseVariable = 'DATABASE_URL';
export const cacheVariable = 'REDIS_URL';
export const folderVariable = 'FOLDER_URL';

/** The setting in which the random text of a variable is kept. */
export function secretOf(variable: string): string {
  return `random ${variable}`;
}

const parts = {
  host: ({ hostname }: URL) => hostname,
  port: ({ port }: URL) => port,
  user: ({ username }: URL) => decodeURIComponent(username),
  password: ({ password }: URL) => decodeURIComponent(password),
  database: ({ pathname }: URL) => decodeURIComponent(pathname.slice(1)),
};

function addressOf(name: string, variable: string): Record<string, (values: Values) => string | undefined> {
  const part =
    (read: (url: URL) => string) =>
    ({ [variable]: url }: Values) =>
      url === undefined ? undefined : read(new URL(url));
  return {
    [name]: (values) => values[variable],
    ...Object.fromEntries(Object.entries(parts).map(([key, read]) => [`${name}.${key}`, part(read)])),
  };
}

/** What a value in braces stands for. */
const placeholders: Record<string, (values: Values, variable: string) => string | undefined> = {
  port: ({ PORT }) => PORT,
  managementPort: ({ MANAGEMENT_PORT }) => MANAGEMENT_PORT,
  ...addressOf('postgresql', databaseVariable),
  ...addressOf('mysql', databaseVariable),
  ...addressOf('redis', cacheVariable),
  folder: ({ [folderVariable]: url }) => url && folderAt(url),
  random: (values, variable) => values[secretOf(variable)],
  otlp: ({ OTEL_EXPORTER_OTLP_ENDPOINT }) => OTEL_EXPORTER_OTLP_ENDPOINT,
};

export const placeholderNames = Object.keys(placeholders);

const form = /\{([a-zA-Z][\w.-]*)\}/g;

/** The names in braces in a text. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(form)].map(([, name]) => name!);
}

/**
 * A text with each name in braces replaced.
 * @returns undefined when one of them has no value
 */
export function replaced(text: string, look: (name: string) => string | undefined): string | undefined {
  if (namesIn(text).some((name) => look(name) === undefined)) return undefined;
  return text.replace(form, (_, name) => look(name)!);
}

/** The value of an environment variable; undefined when something in it is not there, as a port is not for a migration. */
export function filled(text: string, variable: string, values: Values): string | undefined {
  return replaced(text, (name) => placeholders[name]?.(values, variable));
}

function folderAt(url: string): string {
  const folder = fileURLToPath(url);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}
