import { baselineOf, baselines, factors } from './profile.js';

const compared = ['p50Ms', 'p95Ms', 'p99Ms'];

/**
 * Says what was measured, keeps it in load/results, and as the baseline with SAVE_BASELINE=1.
 * @param name of the profile
 * @param judged the scenario that is compared
 */
export function summary(name, judged) {
  return ({ metrics, state }) => {
    const measured = measuredIn(metrics, judged);
    const lines = [
      `${name}: ${metrics.http_reqs?.values.count ?? 0} requests in ${Math.round(state.testRunDurationMs / 1000)} s`,
      ...limitsOf(metrics),
      ...compared.map(
        (key) => `  ${key.padEnd(6)} ${measured[key]}${besideBaseline(name, key, measured[key])}`,
      ),
    ];
    return {
      stdout: `\n${lines.join('\n')}\n`,
      [`load/results/${name}.json`]: json({ ...measured, metrics }),
      ...(__ENV.SAVE_BASELINE ? { 'load/baseline.json': json({ ...baselines, [name]: measured }) } : {}),
    };
  };
}

function measuredIn(metrics, scenario) {
  const values = (metric) => metrics[`${metric}{scenario:${scenario}}`]?.values ?? {};
  const times = values('http_req_duration');
  return {
    p50Ms: round(times.med),
    p95Ms: round(times['p(95)']),
    p99Ms: round(times['p(99)']),
    failedRate: round(values('http_req_failed').rate),
    rateFactor: factors.rate,
  };
}

function limitsOf(metrics) {
  return Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([limit, { ok }]) => `  ${ok ? 'ok    ' : 'FAILED'} ${metric}: ${limit}`),
  );
}

function besideBaseline(name, key, value) {
  const kept = baselineOf(name)?.[key];
  return kept > 0 && value !== null ? `, ${(value / kept).toFixed(2)} times the baseline of ${kept}` : '';
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function round(value) {
  return value === undefined ? null : Number(value.toFixed(4));
}
