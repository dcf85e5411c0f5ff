import path from 'node:path';
import type { Instance, Project } from './projects.js';
import { ask, type Verdict } from './tools.js';

/** schemathesis sends what the document allows and what it forbids, one by one and in sequences. */
export async function judgeRequests(project: Project, instance: Instance, tools: string): Promise<Verdict> {
  const { agrees, said } = await ask(
    path.join(tools, 'python/bin/schemathesis'),
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
  const [, count] = /(\d+) generated/.exec(said) ?? [];
  return {
    tool: 'schemathesis',
    project: project.name,
    agrees: agrees && Number(count) > 500,
    said: agrees && Number(count) > 500 ? `${count} requests` : said,
  };
}
