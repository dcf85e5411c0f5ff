import { questions } from '../checks/row.js';
import { visible } from '../http/visible.js';
import {
  answerText,
  byGroup,
  byReason,
  countsText,
  duration,
  outcomes,
  titleOf,
  verdict,
  wasAsked,
} from './arrange.js';
import { findingsOf, foldedReasons } from './findings.js';
import { presentable } from './presentable.js';
import type { Failure, Report, Result } from './result.js';

/**
 * The line of the first operation of a failure in the document, from 1, or that of its path where the document has no such
 * method; undefined if neither is known.
 */
export function lineOf({ document }: Report, failure: Failure | undefined): number | undefined {
  const names = failure?.operations ?? [];
  const paths = names.map((name) => name.slice(name.indexOf(' ') + 1));
  return [...names, ...paths].map((name) => document?.lines.get(name)).find((line) => line !== undefined);
}

/**
 * Workflow commands of GitHub Actions, one in a line: an error for each failed row, at its operation in the document, and
 * for each stale entry of the baseline.
 */
export function annotationsOf(given: Report): string {
  const report = presentable(given);
  const failed = report.results.filter(({ outcome }) => outcome === 'failed');
  return [
    ...failed.map(({ row, reason, failure }) => {
      const line = lineOf(report, failure);
      const place: Record<string, string> =
        line === undefined ? {} : { file: report.document!.file, line: String(line) };
      const found = failure ? `expected ${failure.expected}, got ${failure.got}` : row.expected;
      const text = [found, reason, row.remedy].filter((part) => part !== '').join('\n');
      return command({ ...place, title: `${row.id} ${row.title}` }, text);
    }),
    ...report.stale.map(({ entry, place }) => {
      const [, file = '', line = ''] = /^(.*):(\d+)$/.exec(place) ?? [];
      return command({ file, line, title: `${entry.row} passes` }, 'Delete this entry of the baseline.');
    }),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** The report as Markdown of GitHub, for the summary of a step: what failed first, the rest folded. */
export function markdownOf(given: Report): string {
  const report = presentable(given);
  const { outcome, text } = verdict(report);
  const of = (wanted: Result['outcome']) => report.results.filter((result) => result.outcome === wanted);
  const shown = report.foreign
    ? findingsOf(report.results).flatMap(({ title, advice, results }, place) => [
        `**${place + 1}. ${inline(title)}.** ${inline(advice)}`,
        ...results,
      ])
    : of('failed');
  const failures = shown.map((finding) => (typeof finding === 'string' ? finding : failureMarkdown(finding)));
  const stale = report.stale.map(
    ({ entry, place }) =>
      `- ${code(place)}: ${entry.row}${entry.operation ? ` ${code(entry.operation)}` : ''} passes`,
  );
  const accepted = of('accepted').map(
    ({ row, reason }) => `- ${row.id} ${inline(row.title)}: ${inline(reason)}`,
  );
  const answers = report.checklist.map(
    (answer) => `| ${questions[answer.question]} | ${inline(answerText(answer))} |`,
  );
  const told = report.foreign ? report.results.filter((result) => wasAsked(result.outcome)) : report.results;
  const left = report.foreign ? foldedReasons(byReason(report.results, 'not-applicable')) : [];
  const rows = byGroup(told).flatMap(([group, results]) => [
    `| **${titleOf(group)}** | ${countsText(results)} |`,
    ...results.map(({ row, outcome: own, reason }) => {
      const what = `${outcomes[own].mark} ${outcomes[own].name}${reason ? `: ${inline(reason)}` : ''}`;
      return `| ${row.id} ${inline(row.title)} | ${what} |`;
    }),
  ]);
  return `${[
    `## ${outcomes[outcome].mark} ${text}`,
    `${code(report.target)}: ${countsText(report.results)} in ${duration(report.ms)}`,
    ...(report.mapped?.length ? [`Asked in the names of the API: ${inline(report.mapped.join(', '))}.`] : []),
    ...failures,
    ...(stale.length > 0 ? [`### Entries of the baseline to delete\n${stale.join('\n')}`] : []),
    ...(accepted.length > 0 ? [`### Accepted failures\n${accepted.join('\n')}`] : []),
    folded('Scalability checklist', ['| question | answer |', '|---|---|', ...answers]),
    folded('All rows', ['| row | result |', '|---|---|', ...rows]),
    ...(left.length > 0
      ? [
          folded(
            'Not asked',
            left.map((line) => `- ${inline(line)}`),
          ),
        ]
      : []),
  ].join('\n\n')}\n`;
}

function failureMarkdown({ row, reason, failure }: Result): string {
  return [
    `### ${outcomes.failed.mark} ${row.id} ${inline(row.title)}`,
    ...(failure
      ? [
          `- ${failure.operations.length > 1 ? 'operations' : 'operation'}: ${failure.operations.map(code).join(', ') || 'none of the document'}`,
          `- expected: ${inline(failure.expected)}`,
          `- got: ${code(failure.got)}`,
        ]
      : []),
    ...(reason ? [`- ${inline(reason)}`] : []),
    `- remedy: ${inline(row.remedy)} (${inline(row.source)})`,
  ].join('\n');
}

function folded(title: string, lines: readonly string[]): string {
  return `<details><summary>${title}</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

/** Text of an API as text, in one line, wherever it stands in Markdown. */
function inline(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>|#@!~]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function code(text: string): string {
  const escaped = oneLine(text).replace(/[&<>|`@]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<code>${escaped}</code>`;
}

function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').slice(0, 1000);
}

/** As in "Workflow commands for GitHub Actions" of its documentation: what has a meaning there is written as a percent sign and its code. */
function command(properties: Record<string, string>, text: string): string {
  const escaped = (value: string, pattern: RegExp) =>
    visible(value).replace(pattern, (character) => {
      const number = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
      return `%${number}`;
    });
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escaped(value, /[%\r\n:,]/g)}`);
  return `::error ${list.join(',')}::${escaped(text, /[%\r\n]/g)}`;
}
