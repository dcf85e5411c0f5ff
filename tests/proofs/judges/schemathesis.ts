import path from 'node:path';
import type { Instance } from './instance.js';
import { judge, schemathesis, tools } from './tools.js';

const fewest = 500;

/**
 * schemathesis sends requests that the document allows and requests that it forbids, one by one and in sequences.
 * @throws Error with what it says, or when it has sent too few
 */
export async function judgeRequests(instance: Instance): Promise<void> {
  const printed = await judge(
    schemathesis,
    [
      ...['--no-color', '--config-file', path.join(import.meta.dirname, 'schemathesis.toml')],
      ...['run', `${instance.url}/openapi.yaml`, '--checks', 'all', '--seed', '1', '--max-examples', '30'],
      ...['--continue-on-failure'],
    ],
    {
      cwd: tools,
      env: {
        PYTHONPATH: import.meta.dirname,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'hooks',
        TOKEN: instance.authorization?.replace('Bearer ', '') ?? 'none',
      },
    },
  );
  const [, count] = /(\d+) generated/.exec(printed) ?? [];
  if (!(Number(count) > fewest)) throw new Error(`schemathesis has sent too few requests:\n${printed}`);
}
