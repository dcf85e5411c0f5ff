import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';

/** Does it stay as it is for hours, without leaks? */
export const { config, before, scenarios, after } = profile(
  'soak',
  { warmup: ramp(0, [plan.rates.average, 60]), soak: hold(plan.rates.average, 7200) },
  { judged: 'soak' },
);
