import { pause } from '../../../../src/verify/http/waiting.js';
import type { Users } from './users.js';

/** A scenario of k6, of the two kinds that projects have. */
export interface Scenario {
  executor: 'constant-arrival-rate' | 'ramping-arrival-rate';
  /** Per minute, as the `timeUnit` of projects says. */
  rate?: number;
  startRate?: number;
  stages?: { target: number; duration: string }[];
  duration?: string;
  startTime: string;
  gracefulStop: string;
  preAllocatedVUs: number;
  maxVUs: number;
}

const minuteMs = 60_000;

/**
 * Begins iterations when they are due, whether or not those before have ended.
 * @param startMs of the test
 */
export async function perform(
  name: string,
  scenario: Scenario,
  { users, data, startMs }: { users: Users; data: unknown; startMs: number },
): Promise<void> {
  const stages = stagesOf(scenario);
  const endMs = stages.reduce((sum, { lastsMs }) => sum + lastsMs, 0);
  const ownStartMs = startMs + ms(scenario.startTime);
  await pause(ownStartMs - performance.now());
  let begun = 0;
  for (let now = 0; now < endMs && !users.failure; now = performance.now() - ownStartMs) {
    for (const due = Math.floor(dueUntil(now, stages)); begun < due; begun += 1)
      users.iterate(name, data, scenario.maxVUs);
    await pause(2);
  }
  await Promise.race([users.idle(), pause(ms(scenario.gracefulStop), undefined, { ref: false })]);
}

interface Stage {
  lastsMs: number;
  from: number;
  to: number;
}

function stagesOf({ rate = 0, startRate = 0, stages, duration }: Scenario): Stage[] {
  if (!stages) return [{ lastsMs: ms(duration!), from: rate, to: rate }];
  return stages.map(({ target, duration }, at) => ({
    lastsMs: ms(duration),
    from: at === 0 ? startRate : stages[at - 1]!.target,
    to: target,
  }));
}

/** How many iterations have to have begun: the area below the rates. */
function dueUntil(timeMs: number, stages: readonly Stage[]): number {
  let left = timeMs;
  let due = 0;
  for (const { lastsMs, from, to } of stages) {
    const spent = Math.min(left, lastsMs);
    const reached = lastsMs === 0 ? to : from + ((to - from) * spent) / lastsMs;
    due += (((from + reached) / 2) * spent) / minuteMs;
    left -= spent;
  }
  return due;
}

const ms = (text: string) => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
