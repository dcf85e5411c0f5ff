import fs from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

/** The settings that the configuration of Terraform gives the function, for its defaults. */
export function settingsOf(project: string): Record<string, string> {
  const source = fs.readFileSync(path.join(project, 'deploy/terraform/settings.tf'), 'utf8');
  const local: Record<string, unknown> = {};
  const functions = {
    tostring: String,
    min: Math.min,
    max: Math.max,
    floor: Math.floor,
    ceil: Math.ceil,
    local,
  };
  const evaluated = (expression: string) => runInNewContext(expression, functions);
  for (const [, name, expression] of source.matchAll(/^ {2}(\w+) += (.*[^{\n])$/gm))
    if (!/var\./.test(expression!)) local[name!] = evaluated(expression!);
  const [, block] = /^ {2}settings = merge\(\{\n(.*?)\n {2}\}, /ms.exec(source)!;
  return Object.fromEntries(
    [...block!.matchAll(/^ +([A-Z][A-Z0-9_]*) += (.+)$/gm)].map(([, name, expression]) => [
      name!,
      String(evaluated(expression!)),
    ]),
  );
}
