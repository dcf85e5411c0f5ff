import type { Row } from '../row.js';
import { failureLines } from './failure-lines.js';
import { headers } from './headers.js';
import { loggedSecrets } from './logged-secrets.js';
import { logs } from './logs.js';
import { management } from './management.js';
import { metrics } from './metrics.js';
import { securityEvents } from './security-events.js';
import { traces } from './traces.js';
import { units } from './units.js';

export const observability: Row[] = [
  ...logs,
  ...loggedSecrets,
  ...securityEvents,
  ...failureLines,
  ...traces,
  ...metrics,
  ...management,
  ...units,
  ...headers,
];
