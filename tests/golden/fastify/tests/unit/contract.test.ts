import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contractTypes, typesFile } from '../../scripts/types.js';

it('has the types of openapi.yaml in src/contract.ts', async () => {
  const written = readFileSync(typesFile, 'utf8').replaceAll('\r\n', '\n');
  expect(written, 'openapi.yaml has changed: run the script "types" of package.json').toBe(
    await contractTypes(),
  );
});
