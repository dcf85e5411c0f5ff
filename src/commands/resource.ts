import { resolveAnswers } from '../answers/resolve.js';
import type { Catalog } from '../catalog/catalog.js';
import type { CommandForm } from '../cli/flags.js';
import { parseFlags } from '../cli/flags.js';
import { placeIn } from '../evolution/migrations.js';
import type { Project } from '../evolution/project.js';
import { Tree } from '../evolution/tree.js';
import { evolveResources } from '../resources/change.js';
import { change, changeFlags, type Proposal } from './change.js';

export const resourceForm = {
  name: 'resource',
  argument: '<spec> | <resource> <change>...',
  about: 'add a resource to a project, or change its fields',
  flags: {
    ...changeFlags,
    contract: {
      group: 'change',
      about: 'drop what only old instances needed, after earlier changes of fields',
    },
    directory: { group: 'change', value: '<folder>', about: 'the project, instead of the current folder' },
  },
  example: "create-scalable-api resource product +sku:string='' -note price=amount",
} as const satisfies CommandForm;

/**
 * `create-scalable-api resource "order: total:decimal"`, or `resource product +sku:string='' -note price=amount`.
 * @returns the exit code, as `change` says
 */
export async function resource(argv: readonly string[]): Promise<number> {
  const { flags, words, contract } = parseResource(argv, resourceForm.example);
  const call = { directory: flags.one('directory') ?? '.', command: resourceForm.example };
  return change(flags, call, (catalog, project) => resourceProposal(catalog, project, words, contract));
}

/**
 * Parses what is to become of resources.
 * @param command a call that works
 * @returns the flags with everything that is wrong, and the words in their order: `-note` is one, which drops a field; a flag has
 * two dashes
 */
export function parseResource(argv: readonly string[], command: string) {
  const isChange = (word: string) => /^-[A-Za-z]/.test(word);
  const flags = parseFlags(
    resourceForm,
    argv.filter((word) => !isChange(word)),
  );
  const words = argv.filter((word) => isChange(word) || flags.words.includes(word));
  const contract = flags.has('contract');
  const none = { given: 'no resource', possible: 'give the resource to add or to change', command };
  const problems = words.length > 0 || contract ? flags.problems : [...flags.problems, none];
  return { flags: { ...flags, problems }, words, contract };
}

/**
 * The answers with a new resource, or with one that is changed.
 * @param words as `evolveResources` takes them
 * @throws UserError with everything that is wrong with them
 */
export function resourceProposal(
  catalog: Catalog,
  { root, manifest }: Project,
  words: readonly string[],
  contract: boolean,
): Proposal {
  const { answers, commands } = resolveAnswers(catalog, manifest.answers);
  const { reserved } = catalog;
  const place = placeIn(new Tree(root), commands);
  const { resources, notes } = evolveResources(answers.resources, words, { reserved, contract, place });
  return {
    answers: { ...answers, resources },
    about: [...words, ...(contract ? ['--contract'] : [])].join(' '),
    notes,
  };
}
