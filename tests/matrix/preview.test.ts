import path from 'node:path';
import fs from 'fs-extra';
import { expect, test } from 'vitest';
import { TemplateLines } from '../../scripts/preview/template-lines.js';
import { sampleResource } from '../../src/answers/answers.js';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';

const templates = path.resolve(import.meta.dirname, '../../templates');
const plain = catalogOf(templates);
const lines = new TemplateLines();
const marked = catalogOf(templates, lines.mark);

test.each(plain.values('framework').map(({ name }) => name))(
  'a preview of %s has the bytes of the project, and knows the template of each line',
  (framework) => {
    const given = { framework, resources: [sampleResource, 'order: total:decimal, productId:ref(product)'] };
    const expected = render(resolvedWith(plain, given), '1.0.0');
    let same = 0;
    let all = 0;
    for (const [file, { text: raw }] of render(resolvedWith(marked, given), '1.0.0')) {
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
