import { plan } from './lib/plan.js';
import { hold, profile, ramp } from './lib/profile.js';
import { summary } from './lib/summary.js';

export { default, setup, teardown } from './lib/traffic.js';

/** Does the highest load that it was sized for go as planned? */
export const options = profile(
  'peak',
  { warmup: ramp(0, [plan.rates.average, 60], [plan.rates.peak, 60]), peak: hold(plan.rates.peak, 300) },
  { judged: 'peak' },
);
export const handleSummary = summary('peak', 'peak');
