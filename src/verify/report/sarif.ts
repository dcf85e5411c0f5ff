import type { Result as Finding, Log } from 'sarif';
import { version } from '../../cli/version.js';
import { contractVersion } from '../checks/index.js';
import { visible } from '../http/visible.js';
import { lineOf } from './annotations.js';
import { presentable } from './presentable.js';
import type { Report, Result } from './result.js';

/**
 * The report as SARIF 2.1.0 (OASIS), for code scanning: a result for each failed row, at the line of its operation in the
 * OpenAPI document. Accepted failures are suppressed results with the reason of the baseline.
 */
export function sarifOf(given: Report): string {
  const report = presentable(given);
  const failed = report.results.filter(({ outcome }) => outcome === 'failed' || outcome === 'accepted');
  const run: Log['runs'][number] = {
    tool: {
      driver: {
        name: 'create-scalable-api verify',
        version,
        rules: failed.map(({ row }) => ({
          id: row.id,
          shortDescription: { text: row.title },
          fullDescription: { text: row.expected },
          help: { text: `${row.remedy} (${row.source})` },
          properties: { group: row.group, revision: row.revision ?? 1 },
        })),
      },
    },
    properties: { target: report.target, contract: contractVersion },
    results: failed.map((result, ruleIndex) => resultOf(report, result, ruleIndex)),
  };
  const document: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function resultOf(report: Report, { row, outcome, reason, failure }: Result, ruleIndex: number): Finding {
  const operations = failure?.operations ?? [];
  const text = [
    `${row.title}${operations.length > 0 ? ` (${operations.join(', ')})` : ''}.`,
    ...(failure ? [`Expected ${failure.expected}, got ${failure.got}`] : []),
  ].join(' ');
  // Code scanning shows no result without a place: the head of the document stands for the whole API.
  const region = { startLine: lineOf(report, failure) ?? 1 };
  const uri = encodeURI((report.document?.file ?? 'openapi.yaml').replaceAll('\\', '/'));
  return {
    ruleId: row.id,
    ruleIndex,
    level: 'error',
    message: { text: visible(text) },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region } }],
    // One row and its operations are one finding, wherever the operation moves to in the document.
    partialFingerprints: { 'row/v1': [row.id, ...operations].join(' ') },
    ...(outcome === 'accepted'
      ? { suppressions: [{ kind: 'external', status: 'accepted', justification: reason }] }
      : {}),
  };
}
