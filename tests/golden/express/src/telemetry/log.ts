import pino from 'pino';
import type { Config } from '../config.js';

/** What writes lines; every logger of pino does. */
export type Log = Pick<pino.BaseLogger, 'debug' | 'error' | 'info' | 'warn'>;

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

/** One JSON object a line, with the names that log collectors know. */
export function logOptions(config: Config): pino.LoggerOptions {
  return {
    level: config.LOG_LEVEL,
    base: { service: config.OTEL_SERVICE_NAME },
    messageKey: 'message',
    errorKey: 'error',
    timestamp,
    formatters: { level: (level) => ({ level }) },
  };
}

/**
 * Standard output. Lines are collected for up to 200 ms, as a write per request would cost more than the rest of
 * logging; pino writes what is left when the process exits.
 */
export function logStream() {
  return pino.destination({ fd: 1, sync: false, minLength: 8192, periodicFlush: flushMs });
}

/** A logger on standard output. */
export function createLog(config: Config): pino.Logger {
  return pino(logOptions(config), logStream());
}
