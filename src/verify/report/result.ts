import type { Question, Row } from '../checks/row.js';
import type { Exchange } from '../http/exchange.js';

/** `skipped` was not wanted (--only, --skip, --quick, --bail); `not-applicable` could not be asked. */
export type Outcome = 'passed' | 'failed' | 'not-applicable' | 'skipped';

/** What became of a row. */
export interface Result {
  row: Row;
  outcome: Outcome;
  /** Why it was not asked; empty for rows that were. */
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
  /** `unknown` without any row that was asked. */
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

/** What is told while rows are asked. */
export interface Progress {
  /** What is being done before or between rows, e.g. `starts 2 instances`. */
  stage(text: string): void;
  begin(row: Row, place: number, of: number): void;
  end(result: Result): void;
}
