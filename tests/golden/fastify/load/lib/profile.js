import { plan } from './plan.js';

/** `RATE=0.1` takes a tenth of every rate, `TIME=0.1` a tenth of every duration. */
export const factors = { rate: factor('RATE'), time: factor('TIME') };

/** How much slower than the baseline it may be. */
const allowedRatio = Number(__ENV.BASELINE_RATIO ?? 1.25);
/** Below this difference the clock is what is measured. */
const noiseMs = 2;

export const baselines = JSON.parse(open(import.meta.resolve('../baseline.json')));

/** The baseline of a profile. A different rate is a different test. */
export function baselineOf(name) {
  const kept = baselines[name];
  return kept?.rateFactor === factors.rate ? kept : undefined;
}

/** A steady rate. Arrivals do not wait for answers, as those of independent callers do not. */
export function hold(rps, seconds) {
  return { executor: 'constant-arrival-rate', rate: perMinute(rps), timeUnit: '1m', seconds, ...users(rps) };
}

/** Rates that are reached one after another, each in its seconds. */
export function ramp(from, ...steps) {
  return {
    executor: 'ramping-arrival-rate',
    startRate: perMinute(from),
    timeUnit: '1m',
    stages: steps.map(([rps, seconds]) => ({ target: perMinute(rps), duration: duration(seconds) })),
    seconds: steps.reduce((sum, [, seconds]) => sum + seconds, 0),
    ...users(Math.max(...steps.map(([rps]) => rps))),
  };
}

/**
 * Options of a test whose scenarios run one after another.
 * @param {string} name
 * @param {object} scenarios
 * @param {{ judged: string, refusing?: string }} roles `judged` is the scenario that has to be as the plan says, and is compared
 * with the baseline; in the scenario `refusing`, the API may refuse, as long as it answers
 */
export function profile(name, scenarios, { judged, refusing }) {
  const options = {
    scenarios: {},
    thresholds: asPlanned(name, judged),
    summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
    setupTimeout: '120s',
    noCookiesReset: true,
  };
  let start = 0;
  for (const [scenario, { seconds, ...settings }] of Object.entries(scenarios)) {
    options.scenarios[scenario] = {
      ...settings,
      ...(settings.stages ? {} : { duration: duration(seconds) }),
      startTime: duration(start),
      gracefulStop: `${plan.clientTimeoutS}s`,
    };
    start += seconds;
  }
  if (refusing) {
    options.thresholds[`checks{scenario:${refusing}}`] = ['rate>=0.999'];
    options.thresholds[`http_req_duration{scenario:${refusing}}`] = [`p(99)<${plan.requestTimeoutMs}`];
  }
  return options;
}

function asPlanned(name, scenario) {
  const baseline = baselineOf(name);
  const against = (ms) => (baseline ? [Math.max(ms * allowedRatio, ms + noiseMs)] : []);
  const p95 = Math.min(Number(__ENV.P95_MS ?? plan.p95Ms), ...against(baseline?.p95Ms));
  const p99 = Math.min(3 * Number(__ENV.P95_MS ?? plan.p95Ms), ...against(baseline?.p99Ms));
  return {
    [`http_req_duration{scenario:${scenario}}`]: [`p(95)<${round(p95)}`, `p(99)<${round(p99)}`],
    [`http_req_failed{scenario:${scenario}}`]: [`rate<=${round(1 - plan.availabilityPercent / 100)}`],
    [`checks{scenario:${scenario}}`]: ['rate>=0.999'],
    // Without it, a generator that is too slow would look like an API that is fast.
    [`dropped_iterations{scenario:${scenario}}`]: ['count<1'],
  };
}

function users(rps) {
  const inFlight = Math.ceil((rps * factors.rate * plan.p95Ms) / 1000);
  return { preAllocatedVUs: 2 + 2 * inFlight, maxVUs: 10 + 10 * inFlight };
}

function perMinute(rps) {
  return Math.max(1, Math.round(60 * rps * factors.rate));
}

function duration(seconds) {
  return `${Math.round(1000 * seconds * factors.time)}ms`;
}

function round(value) {
  return Number(value.toFixed(6));
}

function factor(name) {
  const value = Number(__ENV[name] ?? 1);
  if (!(value > 0)) throw new Error(`${name}=${__ENV[name]} must be a number above 0`);
  return value;
}
