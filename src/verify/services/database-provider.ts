import { randomBytes } from 'node:crypto';
import type { UserError } from '../../cli/errors.js';
import type { CommandCounter } from '../proxies/faults.js';
import { type Refusal, unusable, withoutPassword } from './problems.js';
import { hostOf } from './resp.js';
import type { ServerProcess } from './server-process.js';
import type { Provider, Server, Service, Sql } from './service.js';

const variable = 'VERIFY_DATABASE_URL';

/** What one kind of database server has of its own. */
export interface DatabaseServer {
  protocols: readonly string[];
  /** Of a URL that says none. */
  port: number;
  example: string;
  /** What a URL of the variable must be, in words that follow it, and whether one is. */
  form: string;
  fits(url: URL): boolean;
  start(
    programs: readonly string[],
    scratch: string,
    refuse: Refusal,
  ): Promise<{ url: URL; program: ServerProcess }>;
  /** Ends one that was started. Nothing of it is kept: it need not write anything out. */
  endSignal: NodeJS.Signals;
  /** Runs one statement on a connection of its own. */
  run(url: URL, text: string): Promise<void>;
  /** The statements that make and drop a database with a plain name. */
  create(name: string): string;
  drop(name: string): string;
  counter(): CommandCounter;
  /** Several connections to the database of a URL. */
  connect(url: URL): { sql: Sql; end(): Promise<void> };
}

/** A provider whose spaces are databases on a server. */
export function databaseProvider(kind: DatabaseServer): Provider {
  const { protocols, example } = kind;
  const refuse = (given: string, possible: string) => unusable(given, possible, variable, example);
  const refused = (url: URL, error: unknown): UserError =>
    refuse(
      `the server at ${withoutPassword(url)}`,
      `cannot be used: ${(error as Error).message || (error as NodeJS.ErrnoException).code}; its user must be able to create databases`,
    );

  async function useServer(given: string): Promise<Server> {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (!url?.hostname || !protocols.includes(url.protocol.slice(0, -1)) || !kind.fits(url))
      throw refuse(`${variable} is ${url ? withoutPassword(url) : 'no URL'}`, kind.form);
    try {
      await kind.run(url, 'select 1');
    } catch (error) {
      throw refused(url, error);
    }
    return { open: (name) => openSpace(url, name), close: async () => {} };
  }

  async function openSpace(server: URL, name: string): Promise<Service> {
    // Never one that was there before: it is dropped at the end.
    const database = `verify_${name}_${randomBytes(4).toString('hex')}`;
    try {
      await kind.run(server, kind.create(database));
    } catch (error) {
      throw refused(server, error);
    }
    const url = new URL(server);
    url.pathname = `/${database}`;
    const { sql, end } = kind.connect(url);
    return {
      host: hostOf(server),
      port: Number(server.port || kind.port),
      urlBehind(proxyPort) {
        const behind = new URL(url);
        behind.hostname = '127.0.0.1';
        behind.port = String(proxyPort);
        return behind.href;
      },
      counter: kind.counter,
      sql,
      async close() {
        await end();
        await kind.run(server, kind.drop(database));
      },
    };
  }

  return {
    protocols,
    variable,
    async start({ programs, scratch }) {
      const given = process.env[variable];
      if (given) return useServer(given);
      const { url, program } = await kind.start(programs, scratch, refuse);
      return {
        open: (name) => openSpace(url, name),
        freeze: () => program.freeze(),
        thaw: () => program.thaw(),
        close: () => program.stop(kind.endSignal, 5_000),
      };
    },
  };
}
