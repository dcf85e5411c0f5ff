import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

const modules = path.resolve(import.meta.dirname, '../../../../node_modules');

/** What k6 has everywhere and its types do not name. */
const globals = 'declare const crypto: { randomUUID(): string };\n';

/**
 * Compares scripts with the types of k6.
 * @param scripts their folder
 * @param scratch a folder for a configuration
 * @returns what the compiler says
 */
export async function typeErrors(scripts: string, scratch: string): Promise<string> {
  const place = fs.mkdtempSync(path.join(scratch, 'types-'));
  const k6 = path.join(modules, '@types/k6');
  const compilerOptions = {
    ...{ allowJs: true, checkJs: true, noEmit: true, strict: false, target: 'es2023', lib: ['es2023'] },
    ...{ module: 'esnext', moduleResolution: 'bundler', types: ['k6'], typeRoots: [path.dirname(k6)] },
    paths: { k6: [path.join(k6, 'index.d.ts')], 'k6/*': [`${k6}/*`] },
  };
  fs.writeFileSync(path.join(place, 'globals.d.ts'), globals);
  fs.writeJsonSync(path.join(place, 'tsconfig.json'), { compilerOptions, include: ['.', scripts] });
  const { all } = await execa(path.join(modules, '.bin/tsc'), ['-p', place], { all: true, reject: false });
  return all;
}
