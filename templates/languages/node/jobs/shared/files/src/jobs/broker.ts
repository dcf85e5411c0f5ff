/** Brings the ids of jobs to workers. What it loses is sent again, and what it brings twice is done once. */
export interface Broker {
  /** @throws when it does not take them in time */
  publish(ids: readonly string[]): Promise<void>;
  /** Has `work` done for each id, at most `concurrency` at once. */
  consume(concurrency: number, work: (id: string) => Promise<void>): Consumer;
  /** Resolves when it answers within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface Consumer {
  /** Takes no more. Resolves when those in progress are done. */
  close(): Promise<void>;
}
