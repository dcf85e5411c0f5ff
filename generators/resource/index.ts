import { fileURLToPath } from 'node:url';
import Generator from 'yeoman-generator';
import { catalogFor } from '../../src/catalog/catalog-for.js';
import { UserError } from '../../src/cli/errors.js';
import { changedText, changeProject } from '../../src/commands/change.js';
import { parseResource, resourceProposal } from '../../src/commands/resource.js';
import { Changes } from '../../src/evolution/apply.js';
import { readProject } from '../../src/evolution/project.js';

const command = "yo scalable-api:resource 'order: total:decimal'";

/** Adds a resource to the project in the current folder, or changes one, as the command `resource` does. */
export default class ResourceGenerator extends Generator {
  static resolved = fileURLToPath(import.meta.url);

  constructor(args: string[], options: object) {
    super(args, options as never, { customInstallTask: true } as never);
    this.argument('resource', { type: String, required: false, description: `As in ${command}` });
    this.option('contract', { type: Boolean });
    this.option('allow-dirty', { type: Boolean });
    this.option('install', { type: Boolean, default: true });
  }

  /** @throws UserError when there is no project, the resource is wrong, or a file has changes that are not committed */
  async writing(): Promise<void> {
    const { args } = this;
    const options: Record<string, unknown> = this.options;
    const switches = [
      ...(options.contract ? ['--contract'] : []),
      ...(options.allowDirty ? ['--allow-dirty'] : []),
      ...(options.install && !options.skipInstall ? [] : ['--no-install']),
    ];
    const root = this.destinationRoot();
    const { flags, words, contract } = parseResource([...args, ...switches], command);
    if (flags.problems.length > 0) throw new UserError(flags.problems);
    const { manifest } = readProject(root, command);
    const catalog = await catalogFor(manifest.answers, root);
    const call = { directory: root, command, dryRun: false };
    const { failure, ...done } = await new Changes(root).exclusively(() =>
      changeProject(
        catalog,
        flags,
        call,
        (_, project) => resourceProposal(catalog, project, words, contract),
        new AbortController().signal,
      ),
    );
    this.log(changedText(done));
    if (failure) throw failure;
  }
}
