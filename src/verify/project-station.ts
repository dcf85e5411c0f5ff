import { attempt } from './attempt.js';
import type { Row } from './checks/row.js';
import { Servers } from './cluster/dependencies.js';
import { OwnFleet } from './cluster/fleet.js';
import type { Project } from './cluster/project.js';
import type { Collector } from './cluster/trace-collector.js';
import { changeable } from './described/project.js';
import { Crash } from './http/expectations.js';
import { until } from './http/waiting.js';
import { keyOf } from './schedule.js';
import type { Session } from './session.js';
import type { Station } from './target.js';

/** In which a process ends that ends by itself. */
const dyingMs = 1000;

/** The state that the stations of a project share. */
export interface Surroundings {
  project: Project;
  secrets: Record<string, string>;
  scratch: string;
  collector: Collector;
  /** Command of the load balancer, if there is one. */
  balancer: string | undefined;
  /** Environment variables of the instances, which override the others. */
  env: Record<string, string>;
  signal: AbortSignal;
  stage(text: string): void;
  sessionOf(fleet: OwnFleet): Promise<Session>;
}

/** Instances of a project with servers of their own, so that rows can stop or demote those. */
export class ProjectStation implements Station {
  #current: { key: string; fleet: OwnFleet; session: Session } | undefined;
  readonly #closing: Promise<void>[] = [];
  static #fleets = 0;

  private constructor(
    private readonly shared: Surroundings,
    private readonly servers: Servers,
  ) {}

  /** @throws UserError when a server that the project needs is missing */
  static async open(shared: Surroundings): Promise<ProjectStation> {
    return new ProjectStation(shared, await Servers.start(shared.project, shared.scratch));
  }

  /** Undefined before the first session. */
  get fleet(): OwnFleet | undefined {
    return this.#current?.fleet;
  }

  async session(wanted: Row['settings']): Promise<Session> {
    const { project, secrets, collector, balancer, env, signal, stage, sessionOf } = this.shared;
    const settings = project.described ? changeable(project.described, wanted ?? {}) : wanted;
    const key = keyOf({ settings });
    if (this.#current?.key === key) return this.#current.session;
    this.#closeFleet();
    signal.throwIfAborted();
    const count = Math.min(2, project.instances);
    const set = Object.entries(settings ?? {}).map(([name, value]) => `${name}=${shortened(value)}`);
    stage(`starts ${count} instance${count > 1 ? 's' : ''}${set.length > 0 ? ` with ${set.join(' ')}` : ''}`);
    ProjectStation.#fleets += 1;
    const fleet = await attempt('start', () =>
      OwnFleet.start({
        project,
        servers: this.servers,
        secrets,
        env,
        name: `verify_${process.pid}_${ProjectStation.#fleets}`,
        count,
        settings: settings ?? {},
        collector,
        balancer,
        signal,
      }),
    );
    try {
      const session = await sessionOf(fleet);
      this.#current = { key, fleet, session };
      return session;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  async restore(row: Row, cut: boolean): Promise<void> {
    const { fleet, session } = this.#current!;
    const restored = () => fleet.restore(session.contract.resources[0]?.path);
    // Its connections end before the process itself.
    if (cut) await until(() => fleet.ended, dyingMs);
    const [crash] = await fleet.crashes();
    if (crash === undefined) {
      if (row.needs.includes('started')) await restored();
      return;
    }
    const again = await restored().then(
      () => undefined,
      (error: Error) => error.message,
    );
    throw again === undefined
      ? new Crash(crash)
      : new Crash(`${crash}\nIt does not start again: ${again}`, 'the process does not start again');
  }

  async close(): Promise<void> {
    this.#closeFleet();
    await Promise.all(this.#closing);
    await this.servers.close();
  }

  /** Awaited only at the end, since instances take time to drain. */
  #closeFleet(): void {
    if (!this.#current) return;
    const closed = this.#current.fleet.close();
    closed.catch(() => {});
    this.#closing.push(closed);
    this.#current = undefined;
  }
}

/** A value as the progress of a run shows it: a key takes several lines. */
function shortened(value: string | number): string {
  const [line = ''] = String(value).split('\n');
  return line === String(value) ? line : `${line}…`;
}
