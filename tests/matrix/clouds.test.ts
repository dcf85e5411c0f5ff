import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';

const templates = path.resolve(import.meta.dirname, '../../templates');
const catalog = catalogOf(templates);
const targets = fs
  .readdirSync(path.join(templates, 'deploy'))
  .filter((target) => fs.existsSync(path.join(templates, 'deploy', target, 'files/deploy/terraform')));

describe.each(targets)('%s', (deploy) => {
  const choices = { framework: 'fastify', database: 'postgresql', cache: 'redis', auth: 'jwt' };
  const files = render(resolvedWith(catalog, { ...choices, deploy, ci: 'github' }), '1.0.0');
  const text = (file: string) => files.get(file)!.text;
  const costs = text('docs/cost.md');
  const rows = [...costs.matchAll(/^\| ([^|*]+) \| ([\d.]+) per (hour|month) \| (.+) \| (.+) \|$/gm)].map(
    ([, part, price, per, ...environments]) => ({
      part: part!,
      each: Number(price) * (per === 'hour' ? 730 : 1),
      counts: environments.map((cell) => Number.parseInt(cell!, 10) || 0),
      shown: environments.map((cell) => Number(/= (\d+)$/.exec(cell!)?.[1] ?? 0)),
    }),
  );

  test('the cost is the sum of its parts', () => {
    expect(rows.length).toBeGreaterThan(4);
    for (const { part, each, counts, shown } of rows)
      expect([part, shown]).toEqual([part, counts.map((count) => Math.round(each * count))]);
    const sums = [...costs.matchAll(/\*\*(\d+)\*\*/g)].map(([, sum]) => Number(sum));
    expect(sums).toEqual(
      [0, 1].map((at) => Math.round(rows.reduce((sum, { each, counts }) => sum + each * counts[at]!, 0))),
    );
    expect(sums[1]).toBeLessThan(sums[0]! / 2);
    expect(text('README.md')).toContain('](docs/cost.md)');
  });

  test('runbooks have the commands of the target, and alarms lead to them', () => {
    const program = deploy === 'cloud-run' ? 'gcloud' : 'aws';
    const pages = [...files.keys()].filter((file) => file.startsWith('docs/runbooks/'));
    expect(pages.length).toBeGreaterThan(10);
    for (const page of pages) {
      expect([page, text(page).split('\n## ')[1]]).toEqual([
        page,
        expect.stringContaining(`\`\`\`sh\n${program} `),
      ]);
      expect([page, text(page)]).toEqual([page, expect.not.stringMatching(/\n\n\n/)]);
    }
    expect(text('docs/runbooks/error-rate.md').split('\n## ')[2]).toContain(`\n${program} `);
    const alarms = [...files].filter(([file]) => /alarms\.tf$/.test(file)).map(([, { text }]) => text);
    const linked = [...alarms.join('').matchAll(/\((docs\/runbooks\/[\w-]+\.md)\)/g)].map(
      ([, page]) => page!,
    );
    expect(linked.length).toBeGreaterThan(5);
    for (const page of linked) expect(pages).toContain(page);
  });

  test('the sizes of staging are those that are counted', () => {
    const staging = text('deploy/terraform/staging.tfvars.example');
    const size = (name: string) => new RegExp(`^${name} += "?([^"\\n]+)"?$`, 'm').exec(staging)?.[1];
    const [running] = rows.filter(({ part }) => /^(Task|Instance) on /.test(part));
    if (running) expect(size('instances_min')).toBe(String(running.counts[1]));
    for (const name of ['database_class', 'cache_node_type'])
      if (size(name))
        expect(rows.find(({ part }) => part.includes(size(name)!))).toMatchObject({ counts: [0, 1] });
    expect(size('high_availability')).toBe('false');
  });
});
