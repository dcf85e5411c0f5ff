import { visible } from '../http/visible.js';
import { byGroup, counts, requestText, responseText } from './arrange.js';
import { presentable } from './presentable.js';
import type { Report, Result } from './result.js';

/** The report as JUnit XML, as CI servers read it: a suite for each group, a case for each row. */
export function junitOf(given: Report): string {
  const report = presentable(given);
  const suites = byGroup(report.results).map(([group, results]) =>
    element('testsuite', { name: group, ...totals(results) }, results.map(testcase)),
  );
  const attributes = { name: `verify ${report.target}`, ...totals(report.results), time: seconds(report.ms) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, suites)}\n`;
}

function totals(results: readonly Result[]): Record<string, string> {
  const { passed, failed } = counts(results);
  return {
    tests: String(results.length),
    failures: String(failed),
    errors: '0',
    skipped: String(results.length - passed - failed),
    time: seconds(results.reduce((sum, { ms }) => sum + ms, 0)),
  };
}

function testcase(result: Result): string {
  const { row, outcome, reason, ms, failure } = result;
  const attributes = { classname: `verify.${row.group}`, name: `${row.id} ${row.title}`, time: seconds(ms) };
  if (outcome === 'passed') return element('testcase', attributes, []);
  if (outcome !== 'failed')
    return element('testcase', attributes, [element('skipped', { message: reason }, [])]);
  const message = failure ? `expected ${failure.expected}, got ${failure.got}` : row.expected;
  const text = escaped(failureText(result));
  return element('testcase', attributes, [element('failure', { message, type: 'Mismatch' }, [text])]);
}

function failureText({ row, failure }: Result): string {
  const last = failure?.exchanges.at(-1);
  return [
    `Contract: ${row.expected} (${row.source})`,
    `Remedy: ${row.remedy}`,
    ...(last ? [`Sent:\n${requestText(last)}`, `Got:\n${responseText(last)}`] : []),
    ...(failure?.curl ? [`Again:\n${failure.curl}`] : []),
  ].join('\n\n');
}

function element(name: string, attributes: Record<string, string>, content: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  const start = `<${name}${list.join('')}`;
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('\n')}</${name}>`;
}

/** XML 1.0 has no way to write most control characters. */
function escaped(text: string): string {
  return visible(text).replace(/[<>&"]/g, reference);
}

/** A newline that stands as it is in an attribute would be read as a space. */
function attribute(text: string): string {
  return escaped(text).replace(/[\t\n]/g, reference);
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
