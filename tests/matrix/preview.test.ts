import path from 'node:path';
import fs from 'fs-extra';
import { expect, test } from 'vitest';
import { TemplateLines } from '../../scripts/preview/template-lines.js';
import type { Answers } from '../../src/answers.js';
import { sampleResource } from '../../src/answers.js';
import { axes } from '../../src/axes.js';
import { possibleValues } from '../../src/check.js';
import { defaultLoad } from '../../src/load.js';
import { render } from '../../src/render.js';
import { catalogOf } from '../../src/templates.js';

const templates = path.resolve(import.meta.dirname, '../../templates');
const plain = catalogOf(templates);
const lines = new TemplateLines();
const marked = catalogOf(templates, lines.mark);

function answersOf(framework: string): Answers {
  const choices: Record<string, string> = { framework };
  for (const { name } of axes) choices[name] ??= possibleValues(plain, name, choices)[0]!.name;
  return {
    ...choices,
    project: { title: 'Shop', name: 'shop', snake: 'shop' },
    resources: [sampleResource, 'order: total:decimal, productId:ref(product)'],
    load: defaultLoad,
    packageManager: plain.packageManagers(framework)[0]!.name,
  } as unknown as Answers;
}

test.each(plain.values('framework').map(({ name }) => name))(
  'a preview of %s has the bytes of the project, and knows the template of each line',
  (framework) => {
    const answers = answersOf(framework);
    const expected = render(plain, answers, '1.0.0');
    let same = 0;
    let all = 0;
    for (const [file, { text: raw }] of render(marked, answers, '1.0.0')) {
      // The manifest holds hashes of the files.
      if (file === '.scalable-api.json') continue;
      const { text, origins } = lines.read(raw);
      expect([file, text]).toEqual([file, expected.get(file)!.text]);
      for (const [place, line] of text.split('\n').entries()) {
        const origin = origins[place];
        if (line.trim() === '' || !origin) continue;
        all += 1;
        const source = fs.readFileSync(path.join(templates, origin.file), 'utf8').split('\n')[
          origin.line - 1
        ]!;
        if (source.trim() === line.trim()) same += 1;
      }
    }
    expect(all).toBeGreaterThan(5000);
    // The others have values filled in.
    expect(same / all).toBeGreaterThan(0.8);
  },
);
