import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';
import { summary } from './lib/summary.js';

export { default, setup, teardown } from './lib/traffic.js';

/** Does it live through a crowd that comes and goes within seconds? */
export const options = profile(
  'spike',
  {
    before: hold(plan.rates.average, 60),
    spike: ramp(plan.rates.average, [plan.rates.spike, 10], [plan.rates.spike, 60]),
    relief: ramp(plan.rates.spike, [plan.rates.average, 10]),
    recovery: hold(plan.rates.average, 120),
  },
  { judged: 'recovery', refusing: 'spike' },
);
export const handleSummary = summary('spike', 'recovery');
