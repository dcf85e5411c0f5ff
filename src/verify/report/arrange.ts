import { type Group, groups } from '../checks/row.js';
import type { Exchange } from '../http/exchange.js';
import type { ChecklistAnswer, Outcome, Report, Result } from './result.js';

/** How each outcome is called and marked, wherever it is shown. */
export const outcomes: Record<Outcome, { name: string; mark: string }> = {
  passed: { name: 'passed', mark: '✔' },
  failed: { name: 'failed', mark: '✖' },
  accepted: { name: 'accepted', mark: '!' },
  'left-to-balancer': { name: 'left to the balancer', mark: '–' },
  'not-applicable': { name: 'not applicable', mark: '–' },
  skipped: { name: 'skipped', mark: '–' },
};

/** How many rows came to each outcome. */
export function counts(results: readonly Result[]): Record<Outcome, number> {
  const found = Object.fromEntries(Object.keys(outcomes).map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >;
  for (const { outcome } of results) found[outcome] += 1;
  return found;
}

/** Those outcomes that there are, in words: `71 passed, 2 failed`. */
export function countsText(results: readonly Result[]): string {
  const found = Object.entries(counts(results)).filter(([, count]) => count > 0);
  return (
    found.map(([outcome, count]) => `${count} ${outcomes[outcome as Outcome].name}`).join(', ') || 'no rows'
  );
}

/** Whether the API was asked; the other rows are told by reason. */
export function wasAsked(outcome: Outcome): boolean {
  return outcome === 'passed' || outcome === 'failed' || outcome === 'accepted';
}

/** The verdict on the API, in a line. */
export function verdict({ results, stale }: Report): { outcome: Outcome; text: string } {
  const { passed, failed, accepted } = counts(results);
  if (failed > 0) return { outcome: 'failed', text: `Fails ${failed} of ${passed + failed + accepted} rows` };
  if (stale.length > 0) return { outcome: 'failed', text: 'Passes, but the baseline has stale entries' };
  if (accepted > 0)
    return { outcome: 'accepted', text: `Passes ${passed} rows, fails ${accepted} accepted ones` };
  if (passed === 0) return { outcome: 'skipped', text: 'No row ran' };
  return {
    outcome: 'passed',
    text: passed === 1 ? 'Passes the selected row' : `Passes all ${passed} selected rows`,
  };
}

/** Whether no row failed, except for what the baseline accepts, and no entry of it is stale. */
export function isOk({ results, stale }: Report): boolean {
  return counts(results).failed === 0 && stale.length === 0;
}

/** The groups that have results, with them, in the order of the contract. */
export function byGroup(results: readonly Result[]): [Group, Result[]][] {
  return groups
    .map((group): [Group, Result[]] => [group, results.filter(({ row }) => row.group === group)])
    .filter(([, members]) => members.length > 0);
}

/** The rows with that outcome, by reason. */
export function byReason(results: readonly Result[], of: Outcome): [reason: string, ids: string[]][] {
  const found = new Map<string, string[]>();
  for (const { row, outcome, reason } of results)
    if (outcome === of) found.set(reason, [...(found.get(reason) ?? []), row.id]);
  return [...found];
}

/** `yes (PG6, CH1)`, `no: RL3 failed` or `no evidence`. */
export function answerText({ answer, passed, failed }: ChecklistAnswer): string {
  if (answer === 'yes') return `yes (${passed.join(', ')})`;
  return answer === 'no' ? `no: ${failed.join(', ')} failed` : 'no evidence';
}

/** The outcome that an answer is shown like. */
export const outcomeOf: Record<ChecklistAnswer['answer'], Outcome> = {
  yes: 'passed',
  no: 'failed',
  unknown: 'not-applicable',
};

/** The request in HTTP syntax. */
export function requestText({ method, url, requestHeaders, requestBody }: Exchange): string {
  return message(`${method} ${url}`, requestHeaders, requestBody);
}

/** What came back, as HTTP writes it, or why nothing did. */
export function responseText({ response, error }: Exchange): string {
  return response
    ? message(`status ${response.status}`, response.headers, response.text)
    : `no answer: ${error ?? 'the request was not finished'}`;
}

/** Milliseconds for people: `12 ms`, `3.4 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `errors` as a title. */
export function titleOf(group: Group): string {
  return `${group[0]!.toUpperCase()}${group.slice(1)}`;
}

function message(start: string, headers: Exchange['requestHeaders'], body: string | undefined): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  );
  return [start, ...lines, ...(body ? ['', body] : [])].join('\n');
}
