import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';
import { summary } from './lib/summary.js';

export { default, setup, teardown } from './lib/traffic.js';

/** Does it stay as it is for hours, without leaks? */
export const options = profile(
  'soak',
  { warmup: ramp(0, [plan.rates.average, 60]), soak: hold(plan.rates.average, 7200) },
  { judged: 'soak' },
);
export const handleSummary = summary('soak', 'soak');
