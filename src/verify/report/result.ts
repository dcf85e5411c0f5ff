import type { Question, Row } from '../checks/row.js';
import type { Exchange } from '../http/exchange.js';

/**
 * `accepted` failed as the baseline says; `skipped` was not selected (--only, --skip, --quick, --bail); `not-applicable` could not run; `left-to-balancer` is the
 * task of the load balancer, which was not there.
 */
export type Outcome = 'passed' | 'failed' | 'accepted' | 'left-to-balancer' | 'not-applicable' | 'skipped';

/** What became of a row. */
export interface Result {
  row: Row;
  outcome: Outcome;
  /** Why it did not run, or why its failure is or was accepted; else empty. */
  reason: string;
  ms: number;
  failure?: Failure;
}

export interface Failure {
  expected: string;
  got: string;
  /** The exchanges of the row, the last of them last. */
  exchanges: Exchange[];
  /** Those that fail, such as `GET /v1/products/{id}`; none where the failure is of no operation. */
  operations: string[];
  /** Whether these are all of the row; else it ended at the first. */
  isComplete: boolean;
  /** A command that sends the last request again; undefined when none was sent. */
  curl: string | undefined;
  /** Of a process that ended by itself: a key that failures with the same cause share. */
  crash?: string;
  /** What it leaves undone, as the reason of rows that are not asked for it. */
  hindrance?: string;
}

/** Whether a question of the checklist can be answered with yes, by the rows that are evidence for it. */
export interface ChecklistAnswer {
  question: Question;
  /** `unknown` if no row ran. */
  answer: 'yes' | 'no' | 'unknown';
  passed: string[];
  failed: string[];
}

/** A failure that its owners know and accept for now. */
export interface Accepted {
  row: string;
  /** `GET /v1/products/{id}`; undefined accepts the row for every operation. */
  operation?: string;
  reason: string;
  /** The last day, `2027-03-31`; undefined without an end. */
  until?: string;
}

/** An entry whose row passes: it is to be deleted. */
export interface StaleEntry {
  entry: Accepted;
  /** `verify-baseline.yaml:7` */
  place: string;
}

/** Everything that a report shows. */
export interface Report {
  /** The folder or URL. */
  target: string;
  /** Whether the API is not a generated project: the report then reads as a review. */
  foreign?: boolean | undefined;
  /** Names of the API in which it was asked, where they are not those of the contract: `page_size for limit`. */
  mapped?: readonly string[] | undefined;
  results: Result[];
  checklist: ChecklistAnswer[];
  /** Entries of the baseline to delete: their rows pass. */
  stale: StaleEntry[];
  /** The OpenAPI document in this file system, relative to the working directory, and the lines of its operations and paths. */
  document?: { file: string; lines: ReadonlyMap<string, number> } | undefined;
  ms: number;
}

/** Progress while rows run. */
export interface Progress {
  /** The work before or between rows, e.g. `starts 2 instances`. */
  stage(text: string): void;
  begin(row: Row, place: number, of: number): void;
  end(result: Result): void;
}
