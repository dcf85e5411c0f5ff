import { type Axis, type AxisSpec, axes, axisNames, type Choices, flagOf } from '../catalog/axes.js';
import type { Catalog, Value } from '../catalog/catalog.js';
import type { Problem } from '../cli/errors.js';
import { nearest } from '../cli/nearest.js';
import { currentSpec, type GivenResource } from '../resources/history.js';
import { markOf, type ResourceMark } from '../resources/resource.js';

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

/** The choices that do not go with a mark of a resource. */
export function markProblems(
  catalog: Catalog,
  choices: Partial<Choices>,
  resources: readonly GivenResource[],
): Problem[] {
  // One resource for each mark.
  const marked = new Map(
    resources.map(currentSpec).flatMap((spec) => {
      const mark = markOf(spec);
      return mark ? [[mark, spec.slice(0, spec.indexOf(':'))] as const] : [];
    }),
  );
  return [...marked].flatMap(([mark, resource]) => refusals(catalog, choices, mark, resource));
}

function refusals(
  catalog: Catalog,
  choices: Partial<Choices>,
  mark: ResourceMark,
  resource: string,
): Problem[] {
  return axisNames.flatMap((name) => {
    const value = choices[name];
    const refusal = (given: string) => catalog.refusal(name, given, mark, choices.framework);
    const because = value === undefined ? undefined : refusal(value);
    if (because === undefined) return [];
    const others = possibleValues(catalog, name, choices).filter((other) => !refusal(other.name));
    const flags = others.map((other) => `--${flagOf(name)} ${other.name}`);
    return [
      {
        given: `--${flagOf(name)} ${value} with resource "${resource}"`,
        possible: `${because} Possible: ${flags.join(', ')}`,
        command: `create-scalable-api shop --yes --resource "${resource}: total:decimal" ${flags[0]}`,
      },
    ];
  });
}

/**
 * A problem of a choice as `create-scalable-api add` takes choices: `cache=memory`.
 * @param wanted the choices that are given
 */
export function asOptions({ given, possible, command }: Problem, wanted: Partial<Choices> = {}): Problem {
  const options = (text: string) => text.replace(/--([a-z-]+) /g, '$1=');
  const all = { ...wanted };
  const better = /--([a-z-]+) (\S+)$/.exec(command ?? '');
  const axis = better && axisNamed(better[1]!);
  if (axis) all[axis] = better[2]!;
  const words = Object.entries(all).map(([name, value]) => `${flagOf(name)}=${value}`);
  return {
    given: options(given),
    possible: options(possible),
    command: `create-scalable-api add ${words.join(' ')}`,
  };
}

export function axisNamed(name: string): Axis | undefined {
  return axes.find((axis: AxisSpec) => [axis.name, axis.flag, axis.formerly].includes(name))?.name;
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
