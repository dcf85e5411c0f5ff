import {
  isWorkload,
  possibleWorkload,
  type Workload,
  workloadKeys,
  workloadOptions,
} from '../capacity/workload.js';
import type { Problem } from '../cli/errors.js';
import type { Flag, ParsedFlags } from '../cli/flags.js';

type WorkloadFlag = (typeof workloadOptions)[keyof Workload]['flag'];

/** A flag for each number of the workload, for every command that takes them. */
export const workloadFlags = Object.fromEntries(
  workloadKeys.map((key) => {
    const { flag, about, default: usual } = workloadOptions[key];
    return [flag, { group: 'workload', value: '<number>', about: `${about} (${usual})` }];
  }),
) as Record<WorkloadFlag, Flag>;

/**
 * The numbers of the workload that a command line gives.
 * @param problems receives each number that is out of range
 */
export function workloadOf(flags: ParsedFlags<WorkloadFlag>, problems: Problem[]): Partial<Workload> {
  const load: Partial<Workload> = {};
  for (const key of workloadKeys) {
    const { flag, default: usual } = workloadOptions[key];
    const text = flags.one(flag);
    if (text === undefined) continue;
    if (/^\d{1,7}(\.\d{1,3})?$/.test(text) && isWorkload(key, Number(text))) load[key] = Number(text);
    else
      problems.push({
        given: `--${flag} ${text}`,
        possible: `takes ${possibleWorkload(key)}`,
        command: `create-scalable-api shop --yes --${flag} ${usual}`,
      });
  }
  return load;
}
