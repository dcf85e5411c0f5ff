import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';

/** Does it live through a crowd that comes and goes within seconds? */
export const { config, before, scenarios, after } = profile(
  'spike',
  {
    before: hold(plan.rates.average, 60),
    spike: ramp(plan.rates.average, [plan.rates.spike, 10], [plan.rates.spike, 60]),
    relief: ramp(plan.rates.spike, [plan.rates.average, 10]),
    recovery: hold(plan.rates.average, 120),
  },
  { judged: 'recovery', refusing: 'spike' },
);
