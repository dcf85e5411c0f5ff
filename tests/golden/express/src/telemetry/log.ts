import pino from 'pino';
import type { Config } from '../config.js';

export type Log = pino.Logger;

const flushMs = 200;

let second = 0;
let upToSecond = '';

/** The time as ISO 8601 in UTC. Its text changes once a second, all but the milliseconds. */
function timestamp(): string {
  const now = Date.now();
  const milliseconds = now % 1000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    upToSecond = new Date(second).toISOString().slice(0, 20);
  }
  return `,"timestamp":"${upToSecond}${String(milliseconds).padStart(3, '0')}Z"`;
}

/**
 * One JSON object a line on stdout. Lines are collected for up to 200 ms: a write per request would cost more than
 * the rest of logging. `flushLog` empties the buffer before the process ends.
 */
export function createLog(config: Config): Log {
  const destination = pino.destination({ fd: 1, sync: false, minLength: 8192, periodicFlush: flushMs });
  return pino(
    {
      level: config.LOG_LEVEL,
      base: { service: config.OTEL_SERVICE_NAME },
      messageKey: 'message',
      errorKey: 'error',
      timestamp,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
}
