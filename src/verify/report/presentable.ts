import type { Exchange } from '../http/exchange.js';
import { hidden, hideInHeader, hideInText, hideInUrl } from '../http/secrets.js';
import type { Failure, Report, Result } from './result.js';

const kept = 4096;

/** The report as it may be shown: no secrets, long texts cut off, times in whole milliseconds. Every report begins here. */
export function presentable(report: Report): Report {
  return {
    ...report,
    target: hideInUrl(report.target, hidden),
    ms: Math.round(report.ms),
    results: report.results.map(result),
  };
}

function result({ failure, ...rest }: Result): Result {
  const plain = { ...rest, reason: text(rest.reason), ms: Math.round(rest.ms) };
  return failure ? { ...plain, failure: failed(failure) } : plain;
}

function failed({ expected, got, exchanges, ...rest }: Failure): Failure {
  return { ...rest, expected: text(expected), got: text(got), exchanges: exchanges.map(exchange) };
}

function exchange(sent: Exchange): Exchange {
  const { response } = sent;
  return {
    ...sent,
    url: hideInUrl(sent.url, hidden),
    requestHeaders: headers(sent.requestHeaders),
    requestBody: sent.requestBody === undefined ? undefined : text(sent.requestBody),
    response: response && { ...response, headers: headers(response.headers), text: text(response.text) },
    error: sent.error === undefined ? undefined : text(sent.error),
    ms: Math.round(sent.ms),
  };
}

function headers<Value extends string | string[]>(given: Record<string, Value>): Record<string, Value> {
  const one = (name: string, value: string) => hideInHeader(name, value, hidden);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      (Array.isArray(value) ? value.map((entry) => one(name, entry)) : one(name, value)) as Value,
    ]),
  );
}

function text(given: string): string {
  const shown = hideInText(given, hidden);
  return shown.length <= kept ? shown : `${shown.slice(0, kept)}… (${shown.length - kept} more characters)`;
}
