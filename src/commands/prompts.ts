import { type Answers, exampleFolder, sampleResource } from '../answers/answers.js';
import { possibleValues } from '../answers/judge.js';
import { projectOf } from '../answers/project-name.js';
import type { Request } from '../answers/request.js';
import { type Resolved, resolve } from '../answers/resolve.js';
import { askedAxes, type axes, axisNames, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { Cancelled, UserError } from '../cli/errors.js';
import { back, type Option, type Terminal } from '../cli/terminal.js';
import { parseResources } from '../resources/resource.js';

type AxisQuestion = (typeof axes)[number];
type Step = typeof back | 'asked' | 'nothing to ask';
/** Asks a question, and keeps the answer. @param returnable whether there is a question to go back to */
type Question = (returnable: boolean) => Promise<Step>;

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
  let agreed: Resolved | undefined;

  const directory: Question = async () => {
    given.directory = await terminal.text({
      message: 'Project folder',
      example: exampleFolder,
      fallback: given.directory || exampleFolder,
      problem: (text) =>
        reasonOf(() => {
          projectOf(text);
          checkFolder(text);
        }),
    });
    return 'asked';
  };

  const axis = ({ name, question }: AxisQuestion, later: readonly AxisQuestion[]): Question => {
    let before: string | undefined;
    return async (returnable) => {
      for (const other of [name, ...later.map((next) => next.name)]) delete given.choices[other];
      const values = possibleValues(catalog, name, given.choices);
      if (values.length === 1) {
        given.choices[name] = values[0]!.name;
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

  const resource: Question = async (returnable) => {
    const spec = await terminal.text({
      message: `Resource (empty for the sample${returnable ? ', < to go back' : ''})`,
      example: sampleResource,
      fallback: '',
      problem: (text) =>
        text && text !== '<' ? reasonOf(() => parseResources([text], catalog.reserved)) : undefined,
    });
    if (spec === '<' && returnable) return back;
    given.resources = spec ? [spec] : [];
    return 'asked';
  };

  const confirmation: Question = async (returnable) => {
    const resolved = resolve(catalog, given);
    if (Array.isArray(resolved)) throw new UserError(resolved);
    agreed = resolved;
    terminal.note(summaryOf(agreed.answers), 'Summary');
    const options = [
      { value: 'yes', label: 'Yes' },
      { value: 'no', label: 'No' },
    ];
    const chosen = await terminal.select({
      message: 'Create the project?',
      options,
      returnable,
      initial: 'yes',
    });
    if (chosen === 'no') throw new Cancelled();
    return chosen === back ? back : 'asked';
  };

  const open = askedAxes.filter(({ name }) => request.choices[name] === undefined);
  await inTurn([
    ...(request.directory === undefined ? [directory] : []),
    ...open.map((question, index) => axis(question, open.slice(index + 1))),
    ...(request.resources.length === 0 ? [resource] : []),
    confirmation,
  ]);
  return { resolved: agreed!, directory: given.directory };
}

function summaryOf(answers: Answers): string {
  const rows = [
    ...axisNames.map((axis) => [flagOf(axis), answers[axis]] as const),
    ...answers.resources.map((spec) => ['resource', spec] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)} ${value}`).join('\n');
}

async function inTurn(questions: readonly Question[]): Promise<void> {
  const asked: number[] = [];
  for (let at = 0; at < questions.length; ) {
    const step = await questions[at]!(asked.length > 0);
    if (step === back) at = asked.pop()!;
    else {
      if (step === 'asked') asked.push(at);
      at += 1;
    }
  }
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
