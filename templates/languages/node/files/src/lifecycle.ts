export type Phase = 'starting' | 'ready' | 'draining';

export interface Readiness {
  status: 'ready' | 'degraded' | 'unavailable' | 'starting' | 'draining';
  checks: Record<string, 'up' | 'down'>;
}

const checkTimeoutMs = 500;
const checkedForMs = 1000;

/** Where the process is between start and end, and whether what it depends on answers. */
export class Lifecycle {
  phase: Phase = 'starting';
  #checked: { at: number; checks: Promise<Readiness['checks']> } | undefined;

  /**
   * @param dependencies name to a check that rejects when the dependency does not answer in the time given
   * @param gates those without which the instance wants no traffic
   * @param lacksMigration whether the database lacks a migration; then the instance wants no traffic
   */
  constructor(
    private readonly dependencies: Record<string, (timeoutMs: number) => Promise<void>>,
    private readonly gates: readonly string[],
    private readonly lacksMigration: (timeoutMs: number) => Promise<boolean>,
  ) {}

  /** Begins to serve. Asks for the schema, so that the log says what it lacks, also without a probe. */
  begin(): void {
    this.phase = 'ready';
    void this.readiness();
  }

  /** The response of /readyz. The checks run at most once a second, however often it is asked. */
  async readiness(): Promise<Readiness> {
    if (this.phase !== 'ready') return { status: this.phase, checks: {} };
    if (!this.#checked || performance.now() - this.#checked.at > checkedForMs) {
      this.#checked = { at: performance.now(), checks: this.#check() };
    }
    const checks = await this.#checked.checks;
    const down = Object.keys(checks).filter((name) => checks[name] === 'down');
    if (down.length === 0) return { status: 'ready', checks };
    return {
      status: down.some((name) => name === 'schema' || this.gates.includes(name))
        ? 'unavailable'
        : 'degraded',
      checks,
    };
  }

  async #check(): Promise<Readiness['checks']> {
    const results = await Promise.all(
      Object.entries(this.dependencies).map(async ([name, check]) => {
        const up = await check(checkTimeoutMs).then(
          () => 'up' as const,
          () => 'down' as const,
        );
        return [name, up] as const;
      }),
    );
    const behind = await this.lacksMigration(checkTimeoutMs);
    return { ...Object.fromEntries(results), ...(behind && { schema: 'down' }) };
  }
}
