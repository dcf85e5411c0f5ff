import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';

/** Does an ordinary hour go as planned? */
export const { config, before, scenarios, after } = profile(
  'average',
  { warmup: ramp(0, [plan.rates.average, 60]), average: hold(plan.rates.average, 300) },
  { judged: 'average' },
);
