import path from 'node:path';
import type { RunInstructions, Variable } from '../../answers/manifest.js';
import type { Description } from './description.js';
import {
  cacheVariable,
  databaseVariable,
  filled,
  folderVariable,
  secretOf,
  type Values,
} from './placeholders.js';
import { usesPlaceholder } from './read.js';
import { valueInProject, valueInRows } from './settings.js';

/** A command for the shell, which it takes the place of: signals reach the program itself. */
export function inShell(command: string): string[] {
  return ['sh', '-c', `exec ${command}`];
}

/** A command for the shell, with several programs if it likes. */
export function wholeInShell(command: string): string[] {
  return ['sh', '-c', command];
}

const servers = [
  ['postgresql', databaseVariable, ['postgresql']],
  ['mysql', databaseVariable, ['mysql']],
  ['redis', cacheVariable, ['redis']],
  ['folder', folderVariable, ['file']],
] as const;

/** How a project is run, in the form that a manifest has. Names of variables are verify's own: `environmentOf` knows those of the project. */
export function runOf(description: Description): RunInstructions {
  const { build, migrate, start, image, instances, leftToBalancer, settings, variables } = description;
  const env: Variable[] = [
    ...servers
      .filter(([name]) => usesPlaceholder(description, name))
      .map(([, name, protocols]) => ({ name, type: 'url', protocols: [...protocols] })),
    ...Object.keys(variables).map((name) => ({ name: secretOf(name), type: 'string', make: 'random' })),
    ...Object.entries(settings)
      .filter(([, { variable }]) => variable !== undefined)
      .map(([name, given]) => ({
        name,
        type: 'string',
        ...(given.default === undefined ? {} : { default: valueInRows(name, given, given.default) }),
      })),
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', type: 'string' },
  ];
  return {
    commands: build === undefined ? {} : { build },
    migrateCommand: migrate === undefined ? [] : wholeInShell(migrate),
    startCommand: image === undefined ? inShell(start) : [image, start].filter(Boolean),
    startEnvironment: {},
    instances,
    leftToBalancer,
    env,
    servers: [],
  };
}

/** Settings that the project has, as rows know them: rounded as the project counts, and those that nobody can change. */
export function settingsOf(
  { settings }: Description,
  chosen: Record<string, string>,
): Record<string, string> {
  const known = Object.entries(settings).flatMap(([name, given]) => {
    const value =
      given.variable === undefined
        ? given.default === undefined
          ? undefined
          : valueInRows(name, given, given.default)
        : chosen[name] === undefined
          ? undefined
          : valueInRows(name, given, valueInProject(name, given, chosen[name]));
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...chosen, ...Object.fromEntries(known) };
}

/** Those of the settings that the project has a variable for: instances with others would be the same. */
export function changeable(
  { settings }: Description,
  wanted: Record<string, string | number>,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([name]) => common.test(name) || settings[name]?.variable !== undefined),
  );
}

/** Variables of OpenTelemetry and of the C library, known to every program. */
const common = /^(OTEL_|TZ$)/;

/** The environment of a process of the project. Variables without a value are taken away from that of verify. */
export function environmentOf({ variables, settings }: Description, values: Values): Values {
  const env: Values = Object.fromEntries(Object.entries(values).filter(([name]) => common.test(name)));
  for (const [name, text] of Object.entries(variables)) env[name] = filled(text, name, values);
  for (const [name, given] of Object.entries(settings))
    if (given.variable !== undefined) {
      const value = values[name];
      env[given.variable] = value === undefined ? undefined : valueInProject(name, given, value);
    }
  return env;
}

/** The file of the document; undefined where the API serves it. */
export function documentOf(directory: string, { openapi }: Description): string | undefined {
  return openapi.startsWith('/') ? undefined : path.join(directory, openapi);
}
