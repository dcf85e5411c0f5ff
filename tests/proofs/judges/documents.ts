import path from 'node:path';
import fs from 'fs-extra';
import { judge, tools } from './tools.js';

/** redocly and spectral judge the OpenAPI document of a project as it stands. @throws Error with what they say */
export async function judgeDocument(name: string, project: string): Promise<void> {
  // Globs in a ruleset match only files below it.
  const document = `${name}.yaml`;
  const ruleset = 'spectral.yaml';
  fs.copySync(path.join(project, 'openapi.yaml'), path.join(tools, document));
  fs.copySync(path.join(import.meta.dirname, ruleset), path.join(tools, ruleset));
  const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const bin = (program: string) => path.join(tools, 'node_modules/.bin', program);
  await judge(bin('redocly'), ['lint', '--extends=recommended-strict', document], { cwd: tools, env });
  await judge(bin('spectral'), ['lint', '-F', 'warn', '-r', ruleset, document], { cwd: tools });
}
