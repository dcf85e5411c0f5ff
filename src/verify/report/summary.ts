import { type Question, questions } from '../checks/row.js';
import { visible } from '../http/visible.js';
import {
  answerText,
  byReason,
  countsText,
  duration,
  outcomeOf,
  outcomes,
  requestText,
  verdict,
} from './arrange.js';
import { findingsOf, foldedReasons } from './findings.js';
import { type Paint, paint, styles } from './paint.js';
import { presentable } from './presentable.js';
import type { ChecklistAnswer, Report, Result, StaleEntry } from './result.js';

const longest = 1500;

/**
 * The end of the output: each failure with its remedy, the rows that could not run, the checklist,
 * and the verdict. It begins with an empty line, after the list of rows.
 */
export function summaryText(given: Report, { colour }: { colour: boolean }): string {
  const report = presentable(given);
  const painted = paint(colour);
  const failures = report.results.filter(({ outcome }) => outcome === 'failed');
  const unasked = (['left-to-balancer', 'not-applicable'] as const).flatMap((outcome) => {
    const reasons = byReason(report.results, outcome);
    const lines = report.foreign
      ? foldedReasons(reasons).map((line) => visible(line))
      : reasons.map(reasonText);
    const { name } = outcomes[outcome];
    const title = `${name[0]!.toUpperCase()}${name.slice(1)}`;
    return reasons.length > 0 ? [section(title, lines, painted)] : [];
  });
  const accepted = report.results.filter(({ outcome }) => outcome === 'accepted');
  const { outcome, text } = verdict(report);
  const mapped = (report.mapped ?? []).map((line) => visible(line));
  const chosen = report.checklist.filter(({ question }) => isChosen(question, report.results));
  const sections = [
    ...(report.foreign
      ? findingsOf(report.results).flatMap((finding, place) => [
          `${painted('bold', `${place + 1}. ${finding.title}`)}\n   ${finding.advice}`,
          ...finding.results.map((result) => failureText(result, painted, true)),
        ])
      : failures.map((result) => failureText(result, painted))),
    ...(accepted.length > 0
      ? [section('Accepted by the baseline', accepted.map(acceptedText), painted)]
      : []),
    ...(report.stale.length > 0
      ? [
          section(
            'Stale in the baseline: these pass, delete their entries',
            report.stale.map(staleText),
            painted,
          ),
        ]
      : []),
    ...unasked,
    ...(chosen.length > 0
      ? [section('Scalability checklist', checklistLines(chosen, painted), painted)]
      : []),
    ...(mapped.length > 0 ? [section('Asked in the names of the API', [mapped.join(', ')], painted)] : []),
    `${painted(styles[outcome], `${outcomes[outcome].mark} ${text}`)} of ${visible(report.target)} (${countsText(report.results)}; ${duration(report.ms)})`,
  ];
  return `\n${sections.join('\n\n')}\n`;
}

function acceptedText({ row, reason, failure }: Result): string {
  const operations = failure?.operations.map((name) => ` ${name}`).join(',') ?? '';
  return `${row.id}${visible(operations)}: ${visible(reason)}`;
}

function staleText({ entry, place }: StaleEntry): string {
  return visible(`${place} ${entry.row}${entry.operation ? ` ${entry.operation}` : ''} (${entry.reason})`);
}

/** @param foreign without the words of the contract, which its owner has not agreed to */
function failureText({ row, reason, failure }: Result, painted: Paint, foreign = false): string {
  const last = failure?.exchanges.at(-1);
  const entries: [string, string | undefined][] = [
    ['sent', last && shortened(requestText(last))],
    ['got', failure && shortened(failure.got)],
    ['expected', failure?.expected],
    ['baseline', reason || undefined],
    foreign ? ['source', row.source] : ['contract', `${row.expected} (${row.source})`],
    ['remedy', failure?.crash === undefined ? row.remedy : undefined],
    ['again', failure?.curl && shortened(failure.curl)],
  ];
  const lines = entries.flatMap(([name, text]) => (text ? [entry(name, text, painted)] : []));
  const title = `${outcomes.failed.mark} ${row.id} ${row.title}`;
  return [painted('red', painted('bold', title)), ...lines].join('\n');
}

/** The start of a long text, such as an oversized body. */
function shortened(text: string): string {
  const more = text.length - longest;
  return more > 0
    ? `${text.slice(0, longest)} … (${more} characters more: --html and --json hold all)`
    : text;
}

function entry(name: string, text: string, painted: Paint): string {
  const indent = ' '.repeat(12);
  return `  ${painted('dim', name.padEnd(10))}${visible(text).replace(/\n(?=[^\n])/g, `\n${indent}`)}`;
}

function reasonText([reason, ids]: [string, string[]]): string {
  return `${visible(reason)}: ${ids.join(', ')}`;
}

/** Whether a row that is evidence for the question was selected, even if it could not run. */
function isChosen(question: Question, results: readonly Result[]): boolean {
  return results.some(({ row, outcome }) => outcome !== 'skipped' && row.evidence.includes(question));
}

function checklistLines(answers: readonly ChecklistAnswer[], painted: Paint): string[] {
  const width = Math.max(...Object.values(questions).map(({ length }) => length));
  return answers.map((answer) => {
    const outcome = outcomeOf[answer.answer];
    const mark = painted(styles[outcome], outcomes[outcome].mark);
    return `${mark} ${questions[answer.question].padEnd(width)}  ${answerText(answer)}`;
  });
}

function section(title: string, lines: readonly string[], painted: Paint): string {
  return [painted('bold', title), ...lines.map((line) => `  ${line}`)].join('\n');
}
