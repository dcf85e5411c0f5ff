import * as clack from '@clack/prompts';
import { sampleResource } from './answers.js';
import { axes } from './axes.js';
import type { Catalog } from './catalog.js';
import { possibleValues } from './check.js';
import type { Given } from './collect.js';
import { UserError } from './errors.js';
import { projectOf } from './project-name.js';
import { parseResources } from './resource.js';

/** The person at the keyboard has had enough. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/**
 * Asks for what is open. Only what can be chosen is offered.
 * @throws Cancelled on Ctrl-C and Escape
 */
export async function ask(catalog: Catalog, given: Given): Promise<Given & { directory: string }> {
  clack.intro('A new API');
  const directory =
    given.directory ??
    answered(
      await clack.text({
        message: 'In which folder?',
        placeholder: 'shop-api',
        defaultValue: 'shop-api',
        validate: (text) => reasonOf(() => projectOf(text || 'shop-api')),
      }),
    );
  const choices = { ...given.choices };
  for (const { name, question } of axes) {
    if (choices[name] !== undefined) continue;
    const values = possibleValues(catalog, name, choices);
    const [only] = values;
    choices[name] =
      values.length === 1
        ? only!.name
        : answered(
            await clack.select({
              message: question,
              options: values.map(({ name: value, title, hint }) => ({
                value,
                label: title,
                ...(hint ? { hint } : {}),
              })),
            }),
          );
  }
  const resources = [...given.resources];
  if (resources.length === 0) {
    const spec = answered(
      await clack.text({
        message: 'Which resource does it serve? (empty for the sample)',
        placeholder: sampleResource,
        defaultValue: '',
        validate: (text) => (text ? reasonOf(() => parseResources([text])) : undefined),
      }),
    );
    if (spec) resources.push(spec);
  }
  return { ...given, directory, choices, resources };
}

/** Shows what will be made. @throws Cancelled when it is not wanted */
export async function confirm(summary: string): Promise<void> {
  clack.note(summary, 'Will be made');
  const yes = answered(await clack.confirm({ message: 'Make it?' }));
  if (!yes) throw new Cancelled();
}

function answered<Value>(value: Value): Exclude<Value, symbol> {
  if (clack.isCancel(value)) throw new Cancelled();
  return value as Exclude<Value, symbol>;
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
