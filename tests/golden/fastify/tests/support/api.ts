import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { newSecrets } from '../../scripts/secrets.js';
import type { Role } from '../../src/auth/roles.js';
import { loadConfig } from '../../src/config.js';
import { migrate } from '../../src/database/migrate.js';
import { isOpen } from '../../src/extensions.js';
import { callers } from './callers.js';
import { temporaryDatabase } from './database.js';
import { type Parts, start } from './start.js';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
  text: string;
}

export interface Api {
  url: string;
  /** What the instance is made of. */
  parts: Parts;
  /** Headers of callers by role. */
  as: Awaited<ReturnType<typeof callers>>;
  /** Sends a request; one that reads is signed in where openapi.yaml asks for it, unless it is `anonymous`. */
  send(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string>; anonymous?: boolean },
  ): Promise<Answer>;
  /** Headers of a caller who may read there. */
  reading(path: string): Record<string, string>;
  close(): Promise<void>;
}

/** An environment in which instances share a database, a store and their secrets. */
export interface Surroundings {
  environment: Record<string, string>;
  drop(): Promise<void>;
}

interface Document {
  security?: object[];
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, { properties?: object }> };
}

interface OperationObject {
  security?: object[];
  'x-rate-limit'?: string;
  'x-required-role'?: Role;
}

const document: Document = parse(readFileSync('openapi.yaml', 'utf8'));

/** Names of the properties of a component schema of openapi.yaml. */
export function propertiesOf(schema: string): string[] {
  return Object.keys(document.components.schemas[schema]?.properties ?? {}).sort();
}

/** Paths of openapi.yaml, each with its methods. */
export const paths = new Map(
  Object.entries(document.paths).map(([path, item]) => [
    path,
    Object.keys(item).map((method) => method.toUpperCase()),
  ]),
);

/** Operations of openapi.yaml, with what they ask of callers. */
export const operations = [...paths].flatMap(([path, methods]) =>
  methods.map((method) => {
    const operation = document.paths[path]?.[method.toLowerCase()] ?? {};
    const read = method === 'GET' ? 'default' : 'write';
    return {
      method,
      path,
      form: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]*')}$`),
      open: isOpen(operation.security ?? document.security),
      role: operation['x-required-role'],
      policy: operation['x-rate-limit'] ?? read,
    };
  }),
);

/** Whether anybody may read there, as far as openapi.yaml says. */
function isOpenRead(target: string): boolean {
  const [path = ''] = target.split('?');
  const found = operations.find((each) => each.method === 'GET' && each.form.test(path));
  return found?.open ?? true;
}

export async function surroundings(settings: Record<string, string> = {}): Promise<Surroundings> {
  const database = await temporaryDatabase(inject('databaseServer'));
  await migrate(database.url);
  const secrets = Object.entries(newSecrets()).map(([name, value]) => [name, value.replace(/^'|'$/g, '')]);
  const environment = {
    ...Object.fromEntries(secrets),
    ...inject('signIn'),
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    REDIS_URL: inject('cacheUrl'),
    // Tests that run at the same time must not count each other's requests.
    CACHE_PREFIX: randomBytes(6).toString('hex'),
    LOG_LEVEL: 'silent',
    // A machine that stands still for a moment is not what the tests ask about.
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    RATE_LIMIT_DEFAULT: '100000',
    RATE_LIMIT_WRITE: '100000',
    RATE_LIMIT_AUTH: '100000',
    OTEL_TRACES_SAMPLER: 'always_off',
    ...settings,
  };
  return { environment, drop: database.drop };
}

/** Starts an instance in this process, on a port of its own. */
export async function startInstance({ environment }: Surroundings): Promise<Api> {
  const config = loadConfig(environment);
  const { parts, server, close } = await start(config);
  const as = await callers(config);
  const reading = (target: string) => (isOpenRead(target) ? as.nobody : as.reader);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    parts,
    as,
    reading,
    async send(method, path, { body, headers = {}, anonymous = false } = {}) {
      const signedIn = !anonymous && (method === 'GET' || method === 'HEAD') ? reading(path) : {};
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const response = await fetch(url + path, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': type }), ...signedIn, ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson && text ? JSON.parse(text) : undefined,
      };
    },
    async close() {
      server.closeAllConnections();
      await close();
    },
  };
}
