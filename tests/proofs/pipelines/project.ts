import path from 'node:path';
import fs from 'fs-extra';
import { possibleValues } from '../../../src/answers/judge.js';
import { resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { withTarget } from '../../matrix/made-up-target.js';

const catalog = withTarget(catalogOf(path.resolve(import.meta.dirname, '../../../templates')));
const shared = { database: 'postgresql', cache: 'redis', auth: 'jwt', queue: 'none' };

/** A project whose pipelines are judged. */
export interface Project {
  name: string;
  framework: string;
  packageManager: string;
  loadTest: string;
  deploy: string;
}

/** Each package manager and load tool with a made-up deploy target, and one project with each real target. */
export const projects: readonly Project[] = [
  ...['fastify npm k6', 'fastify pnpm artillery', 'express yarn locust', 'fastapi uv locust'].map(
    (values) => `${values} none`,
  ),
  ...possibleValues(catalog, 'deploy', { framework: 'fastify', ...shared })
    .filter(({ name }) => name !== 'none')
    .map(({ name }) => `fastify npm k6 ${name}`),
].map((values) => {
  const [framework, packageManager, loadTest, deploy] = values.split(' ') as [string, string, string, string];
  return { name: values.replaceAll(' ', '-'), framework, packageManager, loadTest, deploy };
});

/** Renders a project with the pipeline of a CI into a folder. */
export function renderInto(folder: string, ci: string, { name: _, ...choices }: Project): void {
  const resolved = resolvedWith(catalog, { ...shared, ...choices, ci });
  for (const [file, { text, executable }] of render(resolved, '1.0.0'))
    fs.outputFileSync(path.join(folder, file), text, { mode: executable ? 0o755 : 0o644 });
}
