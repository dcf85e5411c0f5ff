import { sampleResource } from './answers.js';
import { askedAxes, type axes } from './axes.js';
import type { Catalog } from './catalog.js';
import { possibleValues } from './check.js';
import type { Given } from './collect.js';
import { Cancelled, UserError } from './errors.js';
import { parseResources } from './resource.js';
import { back, type Option, type Terminal } from './terminal.js';

type AxisQuestion = (typeof axes)[number];
type Said = Given & { directory: string };
type Outcome = typeof back | 'asked' | 'nothing to ask';
/** Puts a question, and keeps the answer. @param returnable whether there is a question to go back to */
type Question = (returnable: boolean) => Promise<Outcome>;

const exampleFolder = 'shop-api';

/**
 * Asks for what is open, and at the end whether to make it. Only what can be chosen is offered, and every answer can
 * be gone back to.
 * @param checkFolder throws UserError when no project can be made in that folder
 * @param summaryOf what will be made, as lines
 * @throws Cancelled on Ctrl-C, Escape and the terminal's signal, and when nothing is to be made
 */
export async function ask(
  catalog: Catalog,
  given: Given,
  terminal: Terminal,
  checkFolder: (folder: string) => void,
  summaryOf: (said: Said) => string,
): Promise<Said> {
  const said: Said = { ...given, directory: given.directory ?? '', choices: { ...given.choices } };

  const directory: Question = async () => {
    said.directory = await terminal.text({
      message: 'Project folder',
      example: exampleFolder,
      fallback: said.directory || exampleFolder,
      problem: (text) => reasonOf(() => checkFolder(text)),
    });
    return 'asked';
  };

  const axis = ({ name, question }: AxisQuestion, later: readonly AxisQuestion[]): Question => {
    let before: string | undefined;
    return async (returnable) => {
      for (const other of [name, ...later.map((next) => next.name)]) delete said.choices[other];
      const values = possibleValues(catalog, name, said.choices);
      if (values.length === 1) {
        said.choices[name] = values[0]!.name;
        return 'nothing to ask';
      }
      const options: Option[] = values.map(({ name: value, title, hint }) => ({ value, label: title, hint }));
      const chosen = await terminal.select({ message: question, options, returnable, initial: before });
      if (chosen === back) return back;
      before = chosen;
      said.choices[name] = chosen;
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
    said.resources = spec ? [spec] : [];
    return 'asked';
  };

  const confirmation: Question = async (returnable) => {
    terminal.note(summaryOf(said), 'Summary');
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

  const open = askedAxes.filter(({ name }) => given.choices[name] === undefined);
  await inTurn([
    ...(given.directory === undefined ? [directory] : []),
    ...open.map((question, index) => axis(question, open.slice(index + 1))),
    ...(given.resources.length === 0 ? [resource] : []),
    confirmation,
  ]);
  return said;
}

async function inTurn(questions: readonly Question[]): Promise<void> {
  const asked: number[] = [];
  for (let at = 0; at < questions.length; ) {
    const outcome = await questions[at]!(asked.length > 0);
    if (outcome === back) at = asked.pop()!;
    else {
      if (outcome === 'asked') asked.push(at);
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
