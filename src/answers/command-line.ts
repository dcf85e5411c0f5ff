import { defaultWorkload, workloadKeys, workloadOptions } from '../capacity/workload.js';
import { type Axis, type AxisSpec, axes, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { seenFrom } from '../catalog/layers-source.js';
import { currentSpec } from '../resources/history.js';
import { type Answers, sampleResource } from './answers.js';
import { projectOf } from './project-name.js';

/**
 * The command that makes the same project again. It leaves out axes with one value, and those
 * without a question whose value is the default. Of resources that were changed it has the specs of today: the project has one
 * migration for each. Their history is in the manifest, which `--answers` reads.
 */
export function commandFor(catalog: Catalog, answers: Answers, directory: string): string {
  const specs = answers.resources.map(currentSpec);
  const sample = specs.length === 1 && specs[0] === sampleResource;
  const named = axes.filter((axis: AxisSpec & { name: Axis }) => {
    const { name, asked, byCaller } = axis;
    if (catalog.values(name).length === 1) return false;
    return asked !== false || byCaller || answers[name] !== catalog.values(name)[0]?.name;
  });
  const parts = [
    'create-scalable-api',
    quoted(directory),
    ...(nameOf(directory) === answers.project.title ? [] : [`--name ${quoted(answers.project.title)}`]),
    ...named.map(({ name }) => `--${flagOf(name)} ${answers[name]}`),
    ...(answers.layers ?? []).map(({ from }) => `--layers ${quoted(seenFrom('.', from, directory))}`),
    ...(sample ? [] : specs.map((spec) => `--resource ${quoted(spec)}`)),
    ...workloadKeys.flatMap((key) =>
      answers.load[key] === defaultWorkload[key]
        ? []
        : [`--${workloadOptions[key].flag} ${answers.load[key]}`],
    ),
  ];
  return `npx ${parts.join(' ')}`;
}

/** The name that a project in this folder has without `--name`, if it can have one. */
function nameOf(directory: string): string | undefined {
  try {
    return projectOf(directory).title;
  } catch {
    return undefined;
  }
}

/** As a POSIX shell takes it. */
export function quoted(text: string): string {
  return /^[\w./:=@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
