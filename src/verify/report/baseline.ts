import fs from 'node:fs';
import { Document, isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { type Problem, UserError } from '../../cli/errors.js';
import type { Accepted, Failure, Result, StaleEntry } from './result.js';

/** Where the baseline of a project is. */
export const baselineName = 'verify-baseline.yaml';

/** Failures that do not fail a run. It can only shrink by itself: a new one comes in by `accept`. */
export class Baseline {
  private constructor(
    readonly file: string,
    private readonly document: Document,
    private readonly entries: { accepted: Accepted; line: number }[],
    private readonly today: string,
  ) {}

  /**
   * @param file YAML; an empty baseline if there is none
   * @param rows ids of the rows that there are
   * @param now instant of the run
   * @throws UserError for what is no baseline
   */
  static read(file: string, rows: readonly string[], now = new Date()): Baseline {
    const today = now.toISOString().slice(0, 10);
    if (!fs.existsSync(file)) return new Baseline(file, new Document({ accepted: [] }), [], today);
    const lines = new LineCounter();
    const document = parseDocument(fs.readFileSync(file, 'utf8'), { lineCounter: lines });
    const problems: Problem[] = document.errors.map(({ message }) => ({ given: file, possible: message }));
    const list = document.get('accepted');
    if (
      problems.length === 0 &&
      !(isMap(document.contents) && document.contents.items.length === 1 && isSeq(list))
    )
      problems.push({ given: file, possible: 'has one member, `accepted`, which is a list' });
    if (problems.length > 0)
      throw new UserError(problems.map((problem) => ({ ...problem, command: example })));
    const entries = (isSeq(list) ? list.items : []).map((node) => ({
      accepted: (isMap(node) ? node.toJSON() : {}) as Accepted,
      line: lines.linePos((node as { range?: [number] }).range?.[0] ?? 0).line,
    }));
    const wrong = entries.flatMap(({ accepted, line }) => {
      const fault = faultOf(accepted, rows);
      return fault ? [{ given: `${file}:${line}`, possible: fault, command: example }] : [];
    });
    if (wrong.length > 0) throw new UserError(wrong);
    return new Baseline(file, document, entries, today);
  }

  /** The result as the baseline has it: `accepted` if entries cover every operation that failed, and none has ended. */
  judge(result: Result): Result {
    const { failure } = result;
    if (result.outcome !== 'failed' || !failure) return result;
    const covering = this.#covering(result.row.id, failure);
    if (!covering) return result;
    const ended = covering.find(({ until }) => until !== undefined && until < this.today);
    if (ended) return { ...result, reason: `it was accepted until ${ended.until}: ${ended.reason}` };
    const reasons = [...new Set(covering.map(({ reason }) => reason))].join('; ');
    return { ...result, outcome: 'accepted', reason: reasons };
  }

  /** Entries of rows that pass now, or pass for that operation. Rows that were not asked say nothing. */
  stale(results: readonly Result[]): StaleEntry[] {
    const byId = new Map(results.map((result) => [result.row.id.toLowerCase(), result]));
    return this.entries.flatMap(({ accepted, line }) => {
      const found = byId.get(accepted.row.toLowerCase());
      const passes =
        found?.outcome === 'passed' ||
        (found?.failure?.isComplete === true &&
          accepted.operation !== undefined &&
          !found.failure.operations.includes(accepted.operation));
      return passes ? [{ entry: accepted, place: `${this.file}:${line}` }] : [];
    });
  }

  /**
   * Writes an entry for each failure of a run; the rest of the file stays as it is.
   * @returns the entries, as they stand in the file
   */
  accept(results: readonly Result[], reason: string, until: string | undefined): Accepted[] {
    const added = results.flatMap(({ row, outcome, failure }) => {
      if (outcome !== 'failed') return [];
      const operations = failure && failure.operations.length > 0 ? failure.operations : [undefined];
      return operations.map(
        (operation): Accepted => ({
          row: row.id,
          ...(operation === undefined ? {} : { operation }),
          reason,
          ...(until === undefined ? {} : { until }),
        }),
      );
    });
    if (added.length === 0) return added;
    for (const entry of added) this.document.addIn(['accepted'], this.document.createNode(entry));
    fs.writeFileSync(this.file, this.document.toString({ lineWidth: 0 }));
    return added;
  }

  #covering(id: string, { operations }: Failure): Accepted[] | undefined {
    const own = this.entries
      .map(({ accepted }) => accepted)
      .filter(({ row }) => row.toLowerCase() === id.toLowerCase());
    const general = own.find(({ operation }) => operation === undefined);
    if (operations.length === 0) return general && [general];
    const found = operations.map((name) => own.find(({ operation }) => operation === name) ?? general);
    return found.every((entry) => entry !== undefined) ? found : undefined;
  }
}

const example = 'create-scalable-api verify --accept "known since the change of prices"';

/** Whether a text is a day of the calendar. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(text).toJSON()?.startsWith(text) === true;
}

function faultOf(entry: Accepted, rows: readonly string[]): string | undefined {
  const { row, operation, reason, until, ...others } = entry;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `"${unknown}" is none of row, operation, reason and until`;
  if (!rows.some((id) => id.toLowerCase() === String(row).toLowerCase()))
    return `row "${row}" is none of the rows of this version`;
  if (operation !== undefined && !/^[A-Z]+ \//.test(String(operation)))
    return `operation "${operation}" is not written like GET /v1/products`;
  if (typeof reason !== 'string' || reason.trim() === '') return `the entry of ${row} has no reason`;
  if (until !== undefined && !isDay(String(until))) return `until "${until}" is no day like 2027-03-31`;
  return undefined;
}
