import { counts, isOk } from './arrange.js';
import type { Report } from './result.js';

/** The verdict in the form that shields.io makes a badge of (https://shields.io/badges/endpoint-badge). */
export function badgeOf(report: Report): string {
  const { passed, failed, accepted } = counts(report.results);
  const good = accepted > 0 ? 'yellow' : 'brightgreen';
  const color = isOk(report) ? good : 'red';
  const message = `${passed} of ${passed + failed + accepted} rows`;
  return `${JSON.stringify({ schemaVersion: 1, label: 'verify', message, color })}\n`;
}
