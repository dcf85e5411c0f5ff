import type { Need, Row } from './checks/row.js';
import type { Contract } from './contract/contract.js';
import { verifyFile } from './contract/names.js';
import type { Description } from './described/description.js';

/**
 * Why rows with a need cannot be asked of a project that says no more; undefined when they can.
 * @param checksNamed whether its answer to `health` has `status` and `checks`
 */
export function lackOf(
  need: Need,
  { credentials, live, metrics, logs }: Description,
  contract: Contract,
  checksNamed: boolean,
): string | undefined {
  const none = `${verifyFile} has no`;
  const [first] = contract.resources;
  const closed = first !== undefined && contract.find('POST', first.path)?.closed === true;
  const reasons: Partial<Record<Need, string | false>> = {
    management: metrics === undefined && `${none} \`metrics\``,
    logs: logs === undefined && `${verifyFile} does not say \`logs: json\``,
    liveness: live === undefined && `${none} \`live\``,
    checks: !checksNamed && 'its answer to `health` has no `status` and `checks`',
    accounts: !credentials?.roles && `${none} \`credentials\` with \`roles\``,
    writing: closed && !credentials && `${none} \`credentials\`, and the API asks for some`,
    jobs: 'background jobs of a project that was not generated are not known',
  };
  return reasons[need] || undefined;
}

/** Why a row cannot be asked that needs settings which the project does not have; undefined when it can. */
export function settingLackOf({ relies = [] }: Row, { settings }: Description): string | undefined {
  const missing = relies.filter((name) => settings[name] === undefined);
  if (missing.length === 0) return undefined;
  return `${verifyFile} names no setting for ${missing.join(', ')}`;
}
