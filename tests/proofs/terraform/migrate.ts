import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

/** How a migration ends in a made-up cloud, and what `migrate.sh` must make of it. */
export interface Ending {
  name: string;
  /** Programs that stand in for those of the cloud, by name. */
  programs: Record<string, string>;
  /** The exit code of `migrate.sh`. */
  exitCode: number;
  says: string;
}

/**
 * A task of ECS.
 * @param task what `run-task` prints
 * @param exitCode of the container, as `describe-tasks` prints it
 * @param firstWait exit code of the first `wait`; those after it succeed
 */
function aws(task: string, exitCode: string, firstWait = 0): Record<string, string> {
  return {
    aws: `#!/bin/sh
case "$*" in
  *run-task*) echo "${task}" ;;
  *wait*) [ -f "$STATE" ] || { touch "$STATE"; exit ${firstWait}; } ;;
  *describe-tasks*) printf '%s\\tEssential container in task exited\\n' "${exitCode}" ;;
esac
`,
  };
}

/**
 * A job of Cloud Run.
 * @param state what an execution says when it is asked for the second time
 * @param start exit code of the request that starts it
 */
function google(state: string, start = 0): Record<string, string> {
  return {
    sleep: '#!/bin/sh\n',
    curl: `#!/bin/sh
case "$*" in
  *:run) echo '"name": "projects/p/locations/r/jobs/j/executions/e",'; exit ${start} ;;
  *executions/e) [ -f "$STATE" ] && echo '${state}' || { touch "$STATE"; echo '"runningCount": 1,'; } ;;
esac
`,
  };
}

const completed = '"completionTime": "now"';
const logs = 'https://console.example';

/** Endings by deploy target. */
export const endings: Record<string, Ending[]> = {
  ecs: [
    { name: 'it succeeds', programs: aws('arn/1', '0'), exitCode: 0, says: 'Migrated' },
    { name: 'the wait times out once', programs: aws('arn/1', '0', 255), exitCode: 0, says: 'Migrated' },
    { name: 'no task is placed', programs: aws('None', '0'), exitCode: 1, says: 'could not be placed' },
    { name: 'it fails', programs: aws('arn/1', '1'), exitCode: 1, says: 'task/api/1 of log group g' },
    {
      name: 'it has no exit code',
      programs: aws('arn/1', 'None'),
      exitCode: 1,
      says: 'did not succeed (None',
    },
    { name: 'the wait fails', programs: aws('arn/1', '0', 254), exitCode: 1, says: 'Migrating' },
  ],
  'cloud-run': [
    {
      name: 'it succeeds',
      programs: google(`${completed}, "succeededCount": 1, "x": 1`),
      exitCode: 0,
      says: 'Migrated',
    },
    {
      name: 'it fails',
      programs: google(`${completed}, "failedCount": 1, "logUri": "${logs}"`),
      exitCode: 1,
      says: logs,
    },
    {
      name: 'it is cancelled',
      programs: google(`${completed}, "cancelledCount": 1, "succeededCount": 10`),
      exitCode: 1,
      says: 'did not succeed',
    },
    { name: 'it cannot be started', programs: google('', 22), exitCode: 22, says: '' },
  ],
};

/** Runs `migrate.sh` of a project in a made-up cloud. */
export async function migrate(
  project: string,
  { programs }: Ending,
): Promise<{ exitCode?: number | undefined; all: string }> {
  const bin = fs.mkdtempSync(path.join(project, 'made-up-'));
  for (const [name, text] of Object.entries(programs))
    fs.writeFileSync(path.join(bin, name), text, { mode: 0o755 });
  return execa(path.join(project, 'deploy/terraform/migrate.sh'), [], {
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      STATE: path.join(bin, 'asked'),
      ...{ REGION: 'r', CLUSTER: 'c', TASK_DEFINITION: 'd', NETWORK: 'n', LOG_GROUP: 'g' },
      ...{ JOB: 'projects/p/locations/r/jobs/j', TOKEN: 't' },
    },
    all: true,
    reject: false,
  });
}
