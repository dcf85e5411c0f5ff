import type { Question, Row } from '../checks/row.js';
import type { Exchange } from '../http/exchange.js';

/**
 * `skipped` was not selected (--only, --skip, --quick, --bail); `not-applicable` could not run; `left-to-balancer` is the
 * task of the load balancer, which was not there.
 */
export type Outcome = 'passed' | 'failed' | 'left-to-balancer' | 'not-applicable' | 'skipped';

/** What became of a row. */
export interface Result {
  row: Row;
  outcome: Outcome;
  /** Why it did not run; empty for rows that did. */
  reason: string;
  ms: number;
  failure?: Failure;
}

export interface Failure {
  expected: string;
  got: string;
  /** The exchanges of the row, the last of them last. */
  exchanges: Exchange[];
  /** A command that sends the last request again; undefined when none was sent. */
  curl: string | undefined;
}

/** Whether a question of the checklist can be answered with yes, by the rows that are evidence for it. */
export interface ChecklistAnswer {
  question: Question;
  /** `unknown` if no row ran. */
  answer: 'yes' | 'no' | 'unknown';
  passed: string[];
  failed: string[];
}

/** Everything that a report shows. */
export interface Report {
  /** The folder or URL. */
  target: string;
  results: Result[];
  checklist: ChecklistAnswer[];
  ms: number;
}

/** Progress while rows run. */
export interface Progress {
  /** The work before or between rows, e.g. `starts 2 instances`. */
  stage(text: string): void;
  begin(row: Row, place: number, of: number): void;
  end(result: Result): void;
}
