import { readFileSync } from 'node:fs';
import { endWhenAborted } from './abort.js';
import { plan } from './plan.js';
import { summarize } from './summary.js';
import { mix } from './traffic.js';

process.env.ARTILLERY_DISABLE_TELEMETRY ??= 'true';

/** `RATE=0.1` takes a tenth of every rate, `TIME=0.1` a tenth of every duration. */
const factors = { rate: factor('RATE'), time: factor('TIME') };

/** How much slower than the baseline it may be. */
const allowedRatio = Number(process.env.BASELINE_RATIO || 1.25);
/** Below this difference the clock is what is measured. */
const noiseMs = 2;

const flows = {
  read: [{ get: { url: '/' } }],
  list: [{ get: { url: '/' } }],
  create: [{ post: { url: '/' } }],
  // Where there is no row to change, it makes one instead.
  update: [{ function: 'takeRow' }, { patch: { url: '/', ifTrue: 'hasRow' } }, creation()],
  remove: [{ function: 'takeRow' }, { delete: { url: '/', ifTrue: 'hasRow' } }, creation()],
};

/** A steady rate. Arrivals do not wait for answers, as those of independent callers do not. */
export function hold(rps, seconds) {
  return ramp(rps, [rps, seconds]);
}

/** Rates that are reached one after another, each in its seconds. */
export function ramp(from, ...steps) {
  return steps.map(([rps, seconds], step) => {
    const start = rate(step === 0 ? from : steps[step - 1][0]);
    const end = rate(rps);
    return { duration: duration(seconds), arrivalRate: start, ...(end === start ? {} : { rampTo: end }) };
  });
}

/**
 * A script of stages that run one after another.
 * @param judged the stage that has to be as the plan says; it is compared with the baseline
 * @param refusing the stage in which the API may refuse, as long as it answers
 */
export function profile(name, stages, { judged, refusing }) {
  const kept = JSON.parse(readFileSync(new URL('../baseline.json', import.meta.url), 'utf8'))[name];
  // A different rate is a different test.
  const baseline = kept?.rateFactor === factors.rate ? kept : undefined;
  const phases = Object.entries(stages).flatMap(([stage, parts]) =>
    parts.map((part) => ({
      name: stage,
      ...part,
      ...(stage === judged ? { maxVusers: mostUsers(part.arrivalRate) } : {}),
    })),
  );
  endWhenAborted();
  summarize({ name, judged, baseline, rateFactor: factors.rate });
  return {
    config: {
      target: (process.env.BASE_URL || 'http://localhost:3000').replace(/\/+$/, ''),
      phases,
      processor: './lib/traffic.js',
      variables: { stages: Object.fromEntries(phases.map((phase, index) => [index, phase])) },
      http: {
        timeout: plan.clientTimeoutS,
        pool: Math.max(
          ...phases.map(({ arrivalRate, rampTo = 0 }) => mostUsers(Math.max(arrivalRate, rampTo))),
        ),
      },
      plugins: { ensure: {}, 'metrics-by-endpoint': { useOnlyRequestNames: true } },
      ensure: {
        conditions: [...asPlanned(judged, baseline), ...(refusing ? whileRefusing(refusing) : [])].map(
          (expression) => ({ expression }),
        ),
      },
    },
    before: { flow: [{ function: 'setUp' }] },
    scenarios: Object.entries(mix).map(([operation, weight]) => ({
      name: operation,
      weight,
      beforeRequest: 'prepare',
      afterResponse: 'answered',
      onError: ['unanswered'],
      flow: flows[operation],
    })),
    after: { flow: [{ function: 'tearDown' }] },
  };
}

function asPlanned(stage, baseline) {
  const against = (ms) => (baseline ? [Math.max(ms * allowedRatio, ms + noiseMs)] : []);
  const planned = Number(process.env.P95_MS || plan.p95Ms);
  const p95 = Math.min(planned, ...against(baseline?.p95Ms));
  const p99 = Math.min(3 * planned, ...against(baseline?.p99Ms));
  return [
    `${stage}.response_time.p95 < ${round(p95)}`,
    `${stage}.response_time.p99 < ${round(p99)}`,
    `${stage}.failed <= ${round(1 - plan.availabilityPercent / 100)} * ${stage}.requests`,
    answers(stage),
    // Without it, a generator that is too slow would look like an API that is fast.
    'vusers.skipped < 1',
  ];
}

function whileRefusing(stage) {
  return [answers(stage), `${stage}.response_time.p99 < ${plan.requestTimeoutMs}`];
}

function answers(stage) {
  return `${stage}.wrong <= 0.001 * ${stage}.requests`;
}

function creation() {
  return { post: { url: '/', ifTrue: 'hasNoRow' } };
}

function mostUsers(rps) {
  return 10 + 10 * Math.ceil((rps * plan.p95Ms) / 1000);
}

function rate(rps) {
  return rps === 0 ? 0 : Math.max(1, Math.round(rps * factors.rate));
}

function duration(seconds) {
  return Math.max(1, Math.round(seconds * factors.time));
}

function round(value) {
  return Number(value.toFixed(6));
}

function factor(name) {
  const value = Number(process.env[name] || 1);
  if (!(value > 0)) throw new Error(`${name}=${process.env[name]} must be a number above 0`);
  return value;
}
