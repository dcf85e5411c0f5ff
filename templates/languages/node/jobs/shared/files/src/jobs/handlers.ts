import { exportOf } from './export.js';
import { exported } from './exports.js';
import type { Handler } from './handler.js';

/** What workers do, by the kind of job. */
export const handlers: Record<string, Handler> = {
  ...Object.fromEntries(
    Object.entries(exported).map(([path, resource]) => [`${path}.export`, exportOf(resource)]),
  ),
};
