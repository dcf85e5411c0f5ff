import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');

/** Where the types of the contract are kept. */
export const typesFile = path.join(root, 'src/contract.ts');

/** A type for each component schema of openapi.yaml. */
export async function contractTypes(): Promise<string> {
  const yaml = readFileSync(path.join(root, 'openapi.yaml'), 'utf8');
  const document = parse(yaml.replaceAll('#/components/schemas/', '#/$defs/'), withoutLengths);
  const $defs = document.components.schemas;
  const types = await Promise.all(
    Object.keys($defs).map((name) =>
      compile({ ...$defs[name], $defs }, name, {
        bannerComment: '',
        additionalProperties: false,
        declareExternallyReferenced: false,
        style: { singleQuote: true, printWidth: 1000 },
      }),
    ),
  );
  return `// Made of openapi.yaml by "types" of package.json; changes here are lost.\n\n${types.join('\n')}`;
}

/** The lengths of arrays would become tuples. */
function withoutLengths(key: unknown, value: unknown): unknown {
  return typeof value === 'number' && (key === 'minItems' || key === 'maxItems') ? undefined : value;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(typesFile, await contractTypes());
}
