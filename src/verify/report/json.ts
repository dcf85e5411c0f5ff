import { contractVersion } from '../checks/index.js';
import { type Question, questions } from '../checks/row.js';
import type { Exchange } from '../http/exchange.js';
import { counts, isOk } from './arrange.js';
import { presentable } from './presentable.js';
import type { Accepted, ChecklistAnswer, Outcome, Report, Result } from './result.js';

/** What `--json` prints. Members are added, never renamed or removed, while `format` stays the same. */
export interface ReportDocument {
  format: 1;
  /** Version of the contract: it counts up when a row comes, goes or asks for something else. */
  contract: number;
  /** Whether no row failed, except for what the baseline accepts, and no entry of it is stale. */
  ok: boolean;
  /** The folder or URL. */
  target: string;
  /** Duration of the run in milliseconds. */
  ms: number;
  /** Rows by outcome. */
  counts: Record<Outcome, number>;
  /** The ten questions; `passed` and `failed` are ids of rows. */
  checklist: {
    question: Question;
    title: string;
    answer: ChecklistAnswer['answer'];
    passed: string[];
    failed: string[];
  }[];
  /** Entries of the baseline whose rows pass, and where each stands. */
  stale: (Accepted & { place: string })[];
  rows: RowDocument[];
}

export interface RowDocument {
  id: string;
  /** It counts up when the row asks for something else. */
  revision: number;
  group: string;
  title: string;
  outcome: Outcome;
  /** Why it did not run; empty for rows that did. */
  reason: string;
  ms: number;
  /** The promise, its source, and the remedy for a failure. */
  expected: string;
  source: string;
  remedy: string;
  /** Only of rows that failed, accepted or not. */
  failure?: {
    expected: string;
    got: string;
    /** Those that fail, such as `GET /v1/products/{id}`. */
    operations: string[];
    /** Sends the last request again; null when none was sent. */
    curl: string | null;
    /** In the order in which they were sent. */
    exchanges: ExchangeDocument[];
  };
}

interface ExchangeDocument {
  method: string;
  url: string;
  requestHeaders: Exchange['requestHeaders'];
  requestBody: string | null;
  /** Null when there was no answer. */
  response: Exchange['response'] | null;
  /** Why there was no answer. */
  error: string | null;
  ms: number;
}

/** The report as a document for programs. */
export function jsonOf(given: Report): ReportDocument {
  const { target, ms, checklist, results, stale } = presentable(given);
  const found = counts(results);
  return {
    format: 1,
    contract: contractVersion,
    ok: isOk(given),
    target,
    ms,
    counts: found,
    checklist: checklist.map(({ question, ...answer }) => ({
      question,
      title: questions[question],
      ...answer,
    })),
    stale: stale.map(({ entry, place }) => ({ ...entry, place })),
    rows: results.map(rowOf),
  };
}

function rowOf({ row, outcome, reason, ms, failure }: Result): RowDocument {
  const { id, revision = 1, group, title, expected, source, remedy } = row;
  const document = { id, revision, group, title, outcome, reason, ms, expected, source, remedy };
  if (!failure) return document;
  const { expected: wanted, got, operations, curl } = failure;
  const exchanges = failure.exchanges.map((exchange) => ({
    ...exchange,
    requestBody: exchange.requestBody ?? null,
    response: exchange.response ?? null,
    error: exchange.error ?? null,
  }));
  return {
    ...document,
    failure: { expected: wanted, got, operations, curl: curl ?? null, exchanges },
  };
}
