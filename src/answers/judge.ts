import { type Axis, axes, axisNames, type Choices, flagOf } from '../catalog/axes.js';
import type { Catalog, Value } from '../catalog/catalog.js';
import type { Problem } from '../cli/errors.js';
import { nearest } from '../cli/nearest.js';

/**
 * All that is wrong with answers, complete or not: the one judge for flags, prompts, presets and tests.
 * @param choices those made so far
 */
export function problems(catalog: Catalog, choices: Partial<Choices>): Problem[] {
  const found: Problem[] = [];
  const good: Partial<Choices> = {};
  for (const { name } of axes) {
    const value = choices[name];
    if (value === undefined) continue;
    const possible = catalog
      .values(name, name === 'framework' ? undefined : good.framework)
      .map((entry) => entry.name);
    if (possible.includes(value)) good[name] = value;
    else found.push(notPossible(name, value, possible));
  }
  for (const name of axisNames) {
    if (good[name] === undefined) continue;
    for (const { requires, because } of catalog.requirements(name, good[name], good.framework)) {
      for (const [axis, values] of Object.entries(requires)) {
        const given = good[axis as Axis];
        if (given === undefined || values.includes(given)) continue;
        found.push({
          given: `--${flagOf(name)} ${good[name]} with --${flagOf(axis)} ${given}`,
          possible: `${because} Possible: ${values.map((value) => `--${flagOf(axis)} ${value}`).join(', ')}`,
          command: `create-scalable-api shop --yes --${flagOf(name)} ${good[name]} --${flagOf(axis)} ${values[0]}`,
        });
      }
    }
  }
  return found;
}

/** The values that are possible with the choices so far; the default first. */
export function possibleValues(catalog: Catalog, axis: Axis, choices: Partial<Choices>): Value[] {
  return catalog
    .values(axis, choices.framework)
    .filter(({ name }) => problems(catalog, { ...choices, [axis]: name }).length === 0);
}

function notPossible(axis: Axis, value: string, possible: string[]): Problem {
  const near = nearest(value, possible);
  return {
    given: `--${flagOf(axis)} ${value}`,
    possible: `possible: ${possible.join(', ')}${near ? ` (did you mean ${near}?)` : ''}`,
    command: `create-scalable-api shop --yes --${flagOf(axis)} ${near ?? possible[0]}`,
  };
}
