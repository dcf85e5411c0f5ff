import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';

/** Does it refuse what is too much, answer the rest, and recover? */
export const { config, before, scenarios, after } = profile(
  'stress',
  {
    stress: ramp(0, [plan.rates.peak, 120], [plan.rates.stress, 60], [plan.rates.stress, 300]),
    relief: ramp(plan.rates.stress, [plan.rates.average, 30]),
    recovery: hold(plan.rates.average, 120),
  },
  { judged: 'recovery', refusing: 'stress' },
);
