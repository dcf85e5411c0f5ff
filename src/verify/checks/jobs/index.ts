import type { Row } from '../row.js';
import { broker } from './broker.js';
import { jobsOfCallers } from './callers.js';
import { cancelled } from './cancelled.js';
import { jobDeadlines } from './deadlines.js';
import { duplicateDeliveries } from './duplicates.js';
import { expiry } from './expiry.js';
import { exports } from './exports.js';
import { lostWorkers } from './lost-workers.js';
import { measuredJobs } from './measured.js';
import { poison } from './poison.js';
import { stoppedWorkers } from './stopping.js';

/** Rows on background jobs. */
export const jobs: Row[] = [
  ...exports,
  ...lostWorkers,
  ...broker,
  ...duplicateDeliveries,
  ...poison,
  ...stoppedWorkers,
  ...measuredJobs,
  ...jobsOfCallers,
  ...expiry,
  ...cancelled,
  ...jobDeadlines,
];
