import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import Generator from 'yeoman-generator';
import { type Manifest, readManifest } from '../../src/answers/manifest.js';
import { resolveAnswers } from '../../src/answers/resolve.js';
import { shippedCatalog } from '../../src/catalog/shipped.js';
import { type Problem, UserError } from '../../src/cli/errors.js';
import { version } from '../../src/cli/version.js';
import { type RenderedFile, render } from '../../src/render/render.js';
import { writeFiles } from '../write-files.js';

const command = "yo scalable-api:resource 'order: total:decimal'";

/** Adds a resource to the project in the current folder, as if it had been made with it. */
export default class ResourceGenerator extends Generator {
  static resolved = fileURLToPath(import.meta.url);

  constructor(args: string[], options: object) {
    super(args, options as never);
    this.argument('resource', { type: String, required: false, description: `As in ${command}` });
  }

  /** @throws UserError when there is no project of this version, the resource is wrong, or a file has been edited */
  writing(): void {
    const manifest = readManifest(this.destinationRoot(), {
      possible: 'go to the folder of a project',
      command,
    });
    this.#requireThisVersion(manifest);
    const catalog = shippedCatalog();
    const spec = this.args[0];
    if (spec === undefined)
      throw new UserError([{ given: 'no resource', possible: 'give the resource to add', command }]);
    const { answers } = manifest;
    const before = render(resolveAnswers(catalog, answers), version);
    const extended = resolveAnswers(catalog, { ...answers, resources: [...answers.resources, spec] });
    const changed = [...render(extended, version)].filter(
      ([path, { text }]) => text !== before.get(path)?.text,
    );
    this.#requireUntouched(changed, before);
    writeFiles(this, changed);
  }

  #requireThisVersion(manifest: Manifest): void {
    if (manifest.version === version) return;
    throw new UserError([
      {
        given: `a project of version ${manifest.version}`,
        possible: `this generator is version ${version}; use that of the project`,
        command: `npm install generator-scalable-api@npm:create-scalable-api@${manifest.version}`,
      },
    ]);
  }

  /** A file that would be replaced is as it was rendered, and one that would be added is not there. */
  #requireUntouched(
    changed: [path: string, file: RenderedFile][],
    before: ReadonlyMap<string, RenderedFile>,
  ): void {
    const problems = changed.flatMap(([path]): Problem[] => {
      const place = this.destinationPath(path);
      const there = fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : undefined;
      const rendered = before.get(path)?.text;
      if (there === rendered) return [];
      const possible =
        rendered === undefined
          ? 'is there already; move it away'
          : there === undefined
            ? 'is missing; bring it back'
            : 'has been edited, so that adding the resource would overwrite it; make the resource in a new project, and copy it';
      return [{ given: path, possible, command }];
    });
    if (problems.length > 0) throw new UserError(problems);
  }
}
