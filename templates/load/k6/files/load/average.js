import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';
import { summary } from './lib/summary.js';

export { default, setup, teardown } from './lib/traffic.js';

/** Does an ordinary hour go as planned? */
export const options = profile(
  'average',
  { warmup: ramp(0, [plan.rates.average, 60]), average: hold(plan.rates.average, 300) },
  { judged: 'average' },
);
export const handleSummary = summary('average', 'average');
