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
const marked = catalogOf(templates, lines);

test.each(plain.values('framework').map(({ name }) => name))(
  'a preview of %s has the bytes of the project, and knows the template of each line',
  (framework) => {
    const given = { framework, resources: [sampleResource, 'order: total:decimal, productId:ref(product)'] };
    const expected = render(resolvedWith(plain, given), '1.0.0');
    const text = { same: 0, all: 0 };
    const data = { same: 0, all: 0 };
    for (const [file, { text: raw }] of render(resolvedWith(marked, given), '1.0.0')) {
      // The manifest holds hashes of the files.
      if (file === '.scalable-api.json') continue;
      const { text: rendered, origins } = lines.read(raw);
      expect([file, rendered]).toEqual([file, expected.get(file)!.text]);
      for (const [place, line] of rendered.split('\n').entries()) {
        const origin = origins[place];
        if (line.trim() === '' || !origin) continue;
        const source = fs.readFileSync(path.join(templates, origin.file), 'utf8').split('\n')[
          origin.line - 1
        ]!;
        if (!origin.file.endsWith('.data.yaml')) {
          text.all += 1;
          if (source.trim() === line.trim()) text.same += 1;
        } else if (file.endsWith('.yaml') && keyOf(line)) {
          data.all += 1;
          if (keyOf(source) === keyOf(line)) data.same += 1;
        }
      }
    }
    expect(text.all).toBeGreaterThan(5000);
    expect(data.all).toBeGreaterThan(1000);
    // The others have values filled in.
    expect(text.same / text.all).toBeGreaterThan(0.8);
    expect(data.same / data.all).toBeGreaterThan(0.7);
  },
);

/** The key of a line of YAML. */
function keyOf(line: string): string | undefined {
  return /^\s*(?:- )?"?([\w$./-]+)"?:/.exec(line)?.[1];
}
