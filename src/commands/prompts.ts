import { exampleFolder } from '../answers/answers.js';
import { markProblems, possibleValues } from '../answers/judge.js';
import { projectOf } from '../answers/project-name.js';
import type { Request } from '../answers/request.js';
import { type Resolved, resolve } from '../answers/resolve.js';
import { askedAxes, type axes, type Choices } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { Cancelled, UserError } from '../cli/errors.js';
import { back, type Option, type Terminal } from '../cli/terminal.js';
import { fieldsText } from '../resources/grammar.js';
import type { GivenResource } from '../resources/history.js';
import { parseResources } from '../resources/resource.js';
import { inTurn, type Question } from './questions.js';
import { exampleResource, summaryText } from './summary.js';

type AxisQuestion = (typeof axes)[number];

const eachOption = 'each option';

/**
 * Asks the open questions, and at the end whether to create the project. Only possible values are offered, and the user
 * can go back at any prompt.
 * @param checkFolder throws UserError when no project can be written to that folder
 * @returns the project that the user has agreed to, and its folder
 * @throws Cancelled on Ctrl-C, Escape, the terminal's signal and "No"
 */
export async function ask(
  catalog: Catalog,
  request: Request,
  terminal: Terminal,
  checkFolder: (folder: string) => void,
): Promise<{ resolved: Resolved; directory: string }> {
  const given = { ...request, directory: request.directory ?? '', choices: { ...request.choices } };
  let preset: Partial<Choices> = {};
  let agreed: Resolved | undefined;

  const directory: Question = async () => {
    given.directory = (await terminal.text({
      message: 'Project folder',
      example: exampleFolder,
      returnable: false,
      fallback: given.directory || exampleFolder,
      problem: (text) =>
        reasonOf(() => {
          if (given.name === undefined) projectOf(text);
          checkFolder(text);
        }),
    })) as string;
    return 'asked';
  };

  const startingPoint: Question = async (returnable) => {
    const options = catalog.presets.map(({ name, hint }) => ({ value: name, label: name, hint }));
    const chosen = await terminal.select({
      message: 'Start from',
      options: [{ value: eachOption, label: eachOption, hint: 'one question for each' }, ...options],
      returnable,
    });
    if (chosen === back) return back;
    preset = catalog.presets.find(({ name }) => name === chosen)?.answers ?? {};
    return 'asked';
  };

  const axis = ({ name, question }: AxisQuestion, later: readonly AxisQuestion[]): Question => {
    let before: string | undefined;
    return async (returnable) => {
      for (const other of [name, ...later.map((next) => next.name)]) delete given.choices[other];
      const values = possibleValues(catalog, name, given.choices).filter(
        (value) =>
          markProblems(catalog, { ...given.choices, [name]: value.name }, given.resources).length === 0,
      );
      const only = preset[name] ?? (values.length === 1 ? values[0]!.name : undefined);
      if (only !== undefined) {
        given.choices[name] = only;
        return 'nothing to ask';
      }
      const options: Option[] = values.map(({ name: value, title, hint }) => ({ value, label: title, hint }));
      const chosen = await terminal.select({ message: question, options, returnable, initial: before });
      if (chosen === back) return back;
      before = chosen;
      given.choices[name] = chosen;
      return 'asked';
    };
  };

  const resources: Question = async (returnable) => {
    terminal.note(fieldsText, 'A resource: its name, then its fields');
    const specs = [...given.resources];
    for (;;) {
      const spec = await terminal.text({
        message:
          specs.length === 0 ? 'Resource, empty for the sample' : 'Another resource, empty for no more',
        example: exampleResource,
        returnable: returnable || specs.length > 0,
        fallback: '',
        problem: (text) => (text ? reasonOf(() => judged(catalog, given, [...specs, text])) : undefined),
      });
      if (spec === back && specs.pop() === undefined) return back;
      given.resources = [...specs];
      if (spec === '') return 'asked';
      if (spec !== back) specs.push(spec);
    }
  };

  const confirmation: Question = async (returnable) => {
    const resolved = resolve(catalog, given);
    if (Array.isArray(resolved)) throw new UserError(resolved);
    agreed = resolved;
    terminal.note(summaryText(catalog, agreed, given.directory), 'Summary');
    const options = [
      { value: 'yes', label: 'Yes' },
      { value: 'no', label: 'No' },
    ];
    const message = 'Create the project?';
    const chosen = await terminal.select({ message, options, returnable, initial: 'yes' });
    if (chosen === 'no') throw new Cancelled();
    return chosen === back ? back : 'asked';
  };

  const open = askedAxes.filter(({ name }) => request.choices[name] === undefined);
  await inTurn([
    ...(request.directory === undefined ? [directory] : []),
    ...(open.length === askedAxes.length ? [startingPoint] : []),
    ...open.map((question, index) => axis(question, open.slice(index + 1))),
    ...(request.resources.length === 0 ? [resources] : []),
    confirmation,
  ]);
  return { resolved: agreed!, directory: given.directory };
}

/** @throws UserError with what is wrong with the resources */
function judged(catalog: Catalog, { choices }: Request, specs: readonly GivenResource[]): void {
  parseResources(specs, catalog.reserved);
  const found = markProblems(catalog, choices, specs);
  if (found.length > 0) throw new UserError(found);
}

function reasonOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ possible }) => possible).join('; ');
    throw error;
  }
}
