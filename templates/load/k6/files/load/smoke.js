import { plan } from './lib/plan.js';
import { hold, profile } from './lib/profile.js';
import { summary } from './lib/summary.js';

export { default, setup, teardown } from './lib/traffic.js';

/** Does it work at all? */
export const options = profile('smoke', { smoke: hold(plan.rates.smoke, 30) }, { judged: 'smoke' });
export const handleSummary = summary('smoke', 'smoke');
