import type { Row } from '../row.js';
import { deadlines } from './deadlines.js';
import { degradation } from './degradation.js';
import { draining } from './draining.js';
import { overload } from './overload.js';
import { probes } from './probes.js';

/** How an instance begins, ends, and stands what happens around it. */
export const lifecycle: Row[] = [...probes, ...draining, ...deadlines, ...overload, ...degradation];
