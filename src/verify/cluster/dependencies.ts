import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Variable } from '../../answers/manifest.js';
import { UserError } from '../../cli/errors.js';
import { openFaultProxy } from '../proxies/fault-proxy.js';
import type { CommandCounter, FaultProxy } from '../proxies/faults.js';
import { providerFor } from '../services/index.js';
import type { Server, Service } from '../services/service.js';
import { issuerSetting } from './issuer.js';
import type { Project } from './project.js';

/** The servers that a project needs, started once and shared by all sets of instances. */
export class Servers {
  readonly #servers = new Map<string, Server>();

  private constructor(private readonly scratch: string) {}

  /** @throws UserError that says what to install or to set */
  static async start(project: Project, scratch: string): Promise<Servers> {
    const servers = new Servers(scratch);
    try {
      for (const variable of needed(project.env)) {
        const provider = variable.protocols!.map(providerFor).find((found) => found !== undefined);
        if (!provider) continue;
        const commands = project.servers.filter((entry) => entry.variable === variable.name);
        const folders = await Promise.all(
          commands.map(({ programs }) => folderFrom(project.directory, programs)),
        );
        const programs = folders.flat();
        servers.#servers.set(variable.name, await provider.start({ programs, scratch }));
      }
      return servers;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  /**
   * Opens a separate space on each server, with a proxy in front.
   * @throws UserError for a kind of URL that nothing is known of
   */
  async open(project: Project, name: string): Promise<Dependencies> {
    const opened: Dependency[] = [];
    const env: Record<string, string> = {};
    for (const variable of needed(project.env)) {
      const server = this.#servers.get(variable.name);
      if (server) {
        const service = await server.open(name);
        const proxy = await openFaultProxy({
          host: service.host,
          port: service.port,
          counter: (): CommandCounter => service.counter(),
        });
        opened.push({ variable: variable.name, service, server, proxy });
        env[variable.name] = service.urlBehind(proxy.port);
      } else if (variable.protocols!.includes('file')) {
        env[variable.name] = pathToFileURL(path.join(this.scratch, `${name}-${variable.name}`)).href;
      } else {
        throw new UserError([
          {
            given: `${variable.name} (${variable.protocols!.join(', ')})`,
            possible: 'is a kind of server that verify cannot start',
          },
        ]);
      }
    }
    return new Dependencies(opened, env);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }
}

interface Dependency {
  /** The setting with its URL. */
  variable: string;
  service: Service;
  server: Server;
  proxy: FaultProxy;
}

/** The setting with the URL of the broker. */
const queueVariable = 'QUEUE_URL';

/**
 * What one set of instances depends on. A server that speaks SQL is the database, the broker has a setting of its own, and
 * another one is the store.
 */
export class Dependencies {
  readonly database: Dependency | undefined;
  readonly store: Dependency | undefined;
  readonly queue: Dependency | undefined;

  constructor(
    private readonly all: Dependency[],
    /** URLs for the instances. */
    readonly env: Record<string, string>,
  ) {
    this.database = all.find(({ service }) => service.sql);
    this.queue = all.find(({ variable }) => variable === queueVariable);
    this.store = all.find((dependency) => !dependency.service.sql && dependency !== this.queue);
  }

  /** Ends all faults. */
  restore(): void {
    for (const { proxy, server } of this.all) {
      proxy.set({ kind: 'pass' });
      server.thaw?.();
    }
  }

  async close(): Promise<void> {
    this.restore();
    await Promise.all(
      this.all.map(async ({ proxy, service }) => {
        await proxy.close();
        await service.close();
      }),
    );
  }
}

/** Servers that production cannot do without. */
function needed(env: readonly Variable[]): Variable[] {
  return env.filter(
    ({ name, type, default: usual }) => type === 'url' && usual === undefined && name !== issuerSetting,
  );
}

/** The folder that such a command of the project prints; none when it fails, as without the packages for development. */
async function folderFrom(directory: string, [program, ...args]: string[]): Promise<string[]> {
  const { exitCode, stdout } = await execa(program!, args, { cwd: directory, reject: false });
  return exitCode === 0 ? [stdout.trim()] : [];
}
