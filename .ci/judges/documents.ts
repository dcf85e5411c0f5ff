import path from 'node:path';
import fs from 'fs-extra';
import type { Project } from './projects.js';
import { ask, type Verdict } from './tools.js';

/** redocly and spectral judge openapi.yaml as it stands. @param tools the folder of the tools */
export async function judgeDocument(project: Project, directory: string, tools: string): Promise<Verdict[]> {
  // Globs in a ruleset reach only what is below the ruleset.
  const document = `${project.name}.yaml`;
  const ruleset = 'spectral.yaml';
  fs.copySync(path.join(directory, 'openapi.yaml'), path.join(tools, document));
  fs.copySync(path.join(import.meta.dirname, ruleset), path.join(tools, ruleset));
  const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const bin = (name: string) => path.join(tools, 'node_modules/.bin', name);
  const redocly = await ask(bin('redocly'), ['lint', '--extends=recommended-strict', document], {
    cwd: tools,
    env,
  });
  const spectral = await ask(bin('spectral'), ['lint', '-F', 'warn', '-r', ruleset, document], {
    cwd: tools,
  });
  return [
    { tool: 'redocly', ...redocly },
    { tool: 'spectral', ...spectral },
  ].map((verdict) => ({
    ...verdict,
    project: project.name,
    said: verdict.agrees ? 'no error and no warning' : verdict.said,
  }));
}
