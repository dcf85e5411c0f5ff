/** A request of a script. */
export interface Asked {
  method: string;
  url: string;
  body: string | null;
  headers: Record<string, string>;
  timeoutMs: number;
  /** Statuses that are no failure. */
  expected: readonly number[];
}

/** Its answer; status 0 without one. */
export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: string | null;
  error: string;
}

/** Functions of a script that a virtual user runs. */
export type Work = 'options' | 'setup' | 'default' | 'teardown' | 'handleSummary';

/** From the runner to a virtual user. */
export interface Order {
  work: Work;
  data?: unknown;
}

/** From a virtual user to the runner. */
export type Report =
  | { kind: 'request'; asked: Asked }
  | { kind: 'check'; passed: boolean }
  | { kind: 'abort'; reason: string }
  | { kind: 'done'; result: unknown }
  | { kind: 'failed'; reason: string };
