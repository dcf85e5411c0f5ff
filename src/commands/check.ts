import { entriesOf, hashOf, manifestPath } from '../answers/manifest.js';
import { resolveAnswers } from '../answers/resolve.js';
import { catalogFor } from '../catalog/catalog-for.js';
import { UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { table } from '../cli/table.js';
import { version } from '../cli/version.js';
import { isMigration } from '../evolution/paths.js';
import { readProject } from '../evolution/project.js';
import { Tree } from '../evolution/tree.js';
import { render } from '../render/render.js';

export const checkForm = {
  name: 'check',
  argument: '[directory]',
  about: 'list the files of a project that differ from what it was made from',
  flags: { json: { group: 'run', about: 'print one JSON document' } },
  example: 'create-scalable-api check shop',
} as const satisfies CommandForm;

type Difference = 'changed' | 'missing' | 'clash' | 'not as the manifest says';

/**
 * `create-scalable-api check [directory]`: compares files with the manifest, and the manifest with what its answers render.
 * @returns the exit code: 0 all is as it was rendered, 2 the call was wrong, 3 something differs
 */
export async function check(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  const flags = parseFlags(checkForm, argv);
  const json = flags.has('json');
  try {
    if (flags.problems.length > 0) throw new UserError(flags.problems);
    const { root, manifest } = readProject(flags.argument ?? '.', checkForm.example);
    const { moved = {}, clashes = [] } = manifest;
    const entries = entriesOf(manifest);
    const tree = new Tree(root);
    const found = new Map<string, Difference>();
    for (const [file, { hash, executable }] of entries) {
      const at = moved[file] ?? file;
      const own = tree.read(at);
      const run = manifest.format === 2 && process.platform !== 'win32' && own?.executable !== executable;
      if (clashes.includes(at)) found.set(at, 'clash');
      else if (!own) found.set(at, 'missing');
      else if (hashOf(own.text) !== hash || run) found.set(at, 'changed');
    }
    // What another version renders is not known here.
    const rendered = manifest.version === version;
    if (rendered) {
      const catalog = await catalogFor(manifest.answers, root);
      for (const [file, { text }] of render(resolveAnswers(catalog, manifest.answers), version))
        if (file !== manifestPath && !isMigration(file) && entries.get(file)?.hash !== hashOf(text))
          found.set(file, 'not as the manifest says');
    }
    const differences = [...found].sort().map(([file, difference]) => ({ file, difference }));
    const ok = differences.length === 0;
    if (json) print({ ok, directory: root, version: manifest.version, rendered, differences, problems: [] });
    else if (ok)
      process.stdout.write(`All ${entries.size} files are as version ${manifest.version} rendered them.\n`);
    else
      process.stdout.write(
        `${table(differences.map(({ file, difference }) => [`  ${difference}`, file]))}\n\n${differences.length} of ${entries.size} files differ.\n`,
      );
    return ok ? 0 : 3;
  } catch (error) {
    return report(error, json);
  }
}
