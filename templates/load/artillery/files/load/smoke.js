import { plan } from './lib/plan.js';
import { hold, profile } from './lib/profile.js';

/** Does it work at all? */
export const { config, before, scenarios, after } = profile(
  'smoke',
  { smoke: hold(plan.rates.smoke, 30) },
  { judged: 'smoke' },
);
