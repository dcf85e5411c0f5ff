import type { GivenAnswers } from '../answers/answers.js';
import { asOptions, axisNamed, problems as problemsOf } from '../answers/judge.js';
import { axisNames, type Choices, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { type Problem, UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { nearest } from '../cli/nearest.js';
import type { Project } from '../evolution/project.js';
import { currentSpec } from '../resources/history.js';
import { markOf, type ResourceMark } from '../resources/resource.js';
import { change, changeFlags, type Proposal } from './change.js';

export const addForm = {
  name: 'add',
  argument: '<option>=<value>... [directory]',
  about: 'change options of a project',
  flags: changeFlags,
  example: 'create-scalable-api add --help',
} as const satisfies CommandForm;

/** `create-scalable-api add <option>=<value>... [directory]`. @returns the exit code, as `change` says */
export async function add(argv: readonly string[]): Promise<number> {
  const parsed = parseFlags(addForm, argv);
  const given = parsed.words.filter((word) => word.includes('='));
  const folders = parsed.words.filter((word) => !word.includes('='));
  const problems = [
    ...parsed.problems,
    ...folders.slice(1).map((word) => ({
      given: word,
      possible: 'is a second directory; give one, and options as <option>=<value>',
      command: addForm.example,
    })),
  ];
  const directory = folders[0] ?? '.';
  return change({ ...parsed, problems }, { directory, command: addForm.example }, (catalog, project) =>
    proposal(catalog, project, given),
  );
}

/** @throws UserError with everything that is wrong with the options */
function proposal(catalog: Catalog, { manifest }: Project, given: readonly string[]): Proposal {
  const { answers } = manifest;
  const found: Problem[] = [];
  if (given.length === 0) found.push(noOption(catalog, answers));
  const wanted: Partial<Choices> = {};
  for (const word of given) {
    const [name = '', value = ''] = word.split(/=(.*)/s);
    const axis = axisNamed(name);
    if (axis) wanted[axis] = value;
    else {
      const names = axisNames.map(flagOf);
      const near = nearest(name, names);
      const possible = `is no option${near ? `; did you mean ${near}?` : ''} Possible: ${names.join(', ')}`;
      found.push({ given: name, possible, command: addForm.example });
    }
  }
  const choices: Choices = { ...choicesOf(answers), ...wanted };
  const [before, after] = [answers.framework, choices.framework].map((name) => catalog.languageOf(name));
  if (after !== undefined && before !== after)
    found.push({
      given: `framework=${choices.framework}`,
      possible: `is another language, which is another project; frameworks of this one: ${catalog
        .values('framework')
        .map(({ name }) => name)
        .filter((name) => catalog.languageOf(name) === before)
        .join(', ')}`,
      command: `create-scalable-api ${answers.project.name}-new --framework ${choices.framework}`,
    });
  else found.push(...problemsOf(catalog, choices).map((problem) => asOptions(problem, wanted)));
  if (found.length > 0) throw new UserError(found);
  const changed = axisNames.filter((axis) => choices[axis] !== answers[axis]);
  const notes: string[] = [];
  if (changed.includes('database'))
    notes.push(
      'The data stays in the old database: move it before the project uses the new one. Migrations start anew; those of yours have to be written again.',
    );
  const marked = (mark: ResourceMark) =>
    answers.resources
      .filter((resource) => markOf(currentSpec(resource)) === mark)
      .map(({ name }) => name)
      .join(', ');
  const [owned, ofTenants] = [marked('owned'), marked('tenant')];
  if (changed.includes('auth') && ofTenants !== '')
    notes.push(
      `Rows of ${ofTenants} stay with their tenants: callers of auth=${choices.auth} see those whose tenant_id is the name of their tenant there.`,
    );
  if (changed.includes('auth') && owned !== '')
    notes.push(
      `Rows of ${owned} stay with the callers of auth=${answers.auth}: callers of auth=${choices.auth} have other ids, and do not see them until you have changed owner_id.`,
    );
  return {
    answers: { ...answers, ...choices },
    about: given.map((word) => word.trim()).join(' '),
    notes,
  };
}

/** @returns what can be given, with an example of a value that the project does not have */
function noOption(catalog: Catalog, answers: GivenAnswers): Problem {
  const axis = axisNames.find(
    (name) => name !== 'framework' && catalog.values(name, answers.framework).length > 1,
  )!;
  const other = catalog.values(axis, answers.framework).find(({ name }) => name !== answers[axis])!;
  return {
    given: 'no option',
    possible: `give what to change; possible: ${axisNames.map(flagOf).join(', ')}`,
    command: `create-scalable-api add ${flagOf(axis)}=${other.name}`,
  };
}

function choicesOf(answers: GivenAnswers): Choices {
  return Object.fromEntries(axisNames.map((axis) => [axis, answers[axis]])) as Choices;
}
