import path from 'node:path';
import { type Answers, sampleResource } from '../../src/answers.js';
import { axes } from '../../src/axes.js';
import { possibleValues } from '../../src/check.js';
import { defaultLoad } from '../../src/load.js';
import { type RenderedFile, render } from '../../src/render.js';
import { catalogOf } from '../../src/templates.js';

export const goldenFolder = path.resolve(import.meta.dirname, '../golden');

/** The default project of each framework, by the name of the framework. */
export function goldenProjects(): Map<string, Map<string, RenderedFile>> {
  const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
  return new Map(
    catalog.values('framework').map(({ name: framework }) => {
      const choices: Record<string, string> = { framework };
      for (const { name } of axes) choices[name] ??= possibleValues(catalog, name, choices)[0]!.name;
      const answers = {
        ...choices,
        project: { title: 'Shop', name: 'shop', snake: 'shop' },
        resources: [sampleResource],
        load: defaultLoad,
        packageManager: catalog.packageManagers(framework)[0]?.name ?? '',
      };
      return [framework, render(catalog, answers as unknown as Answers, '0.0.0')];
    }),
  );
}
