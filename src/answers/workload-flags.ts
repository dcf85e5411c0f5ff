import type { Flag, ParsedFlags } from '../cli/flags.js';
import type { Problem } from '../errors.js';
import { isLoad, type Load, loadKeys, loadOptions, possibleLoad } from '../load.js';

type WorkloadFlag = (typeof loadOptions)[keyof Load]['flag'];

/** A flag for each number of the workload, for every command that takes them. */
export const workloadFlags = Object.fromEntries(
  loadKeys.map((key) => {
    const { flag, about, default: usual } = loadOptions[key];
    return [flag, { group: 'workload', value: '<number>', about: `${about} (${usual})` }];
  }),
) as Record<WorkloadFlag, Flag>;

/**
 * The numbers of the workload that a command line gives.
 * @param problems receives each number that is out of range
 */
export function workloadOf(flags: ParsedFlags<WorkloadFlag>, problems: Problem[]): Partial<Load> {
  const load: Partial<Load> = {};
  for (const key of loadKeys) {
    const { flag, default: usual } = loadOptions[key];
    const text = flags.one(flag);
    if (text === undefined) continue;
    if (/^\d{1,7}(\.\d{1,3})?$/.test(text) && isLoad(key, Number(text))) load[key] = Number(text);
    else
      problems.push({
        given: `--${flag} ${text}`,
        possible: `takes ${possibleLoad(key)}`,
        command: `create-scalable-api shop --yes --${flag} ${usual}`,
      });
  }
  return load;
}
