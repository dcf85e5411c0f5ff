import path from 'node:path';
import fs from 'fs-extra';
import { type Answers, sampleResource } from '../src/answers.js';
import { axes } from '../src/axes.js';
import { defaultLoad } from '../src/load.js';
import { render } from '../src/render.js';
import { catalogOf } from '../src/templates.js';

// npm run preview -- FOLDER [value ...] [--resource SPEC ...] [--watch]: renders a project from the templates as they
// stand, keeps what is not rendered (node_modules, data) and deletes what an earlier preview wrote and no longer does.
const args = process.argv.slice(2);
const watch = args.includes('--watch');
const specs = args.flatMap((arg, index) => (args[index - 1] === '--resource' ? [arg] : []));
const [folder, ...values] = args.filter((arg) => !arg.startsWith('--') && !specs.includes(arg));
if (!folder) throw new Error('usage: npm run preview -- FOLDER [value ...] [--resource SPEC ...] [--watch]');
const templates = path.resolve(import.meta.dirname, '../templates');

function once(): void {
  const catalog = catalogOf(templates);
  const framework =
    catalog.values('framework').find(({ name }) => values.includes(name)) ?? catalog.values('framework')[0]!;
  // `cache=none`-like forms tell values that several axes have apart.
  const choices = Object.fromEntries(
    axes.map(({ name }) => {
      const possible = catalog.values(name, framework.name).map((value) => value.name);
      const given =
        possible.find((value) => values.includes(`${name}=${value}`)) ??
        possible.find((value) => values.includes(value));
      return [name, given ?? possible[0]];
    }),
  );
  const name = path
    .basename(folder!)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const answers = {
    ...choices,
    project: { title: name, name, snake: name.replaceAll('-', '_') },
    resources: specs.length > 0 ? specs : [sampleResource],
    load: defaultLoad,
    packageManager:
      values.find((value) => value.startsWith('manager='))?.slice(8) ??
      catalog.packageManagers(framework.name)[0]!.name,
  } as Answers;
  const files = render(catalog, answers, '0.0.0-preview');
  const list = path.join(folder!, '.preview');
  const before = fs.existsSync(list) ? fs.readFileSync(list, 'utf8').split('\n') : [];
  for (const old of before) if (old && !files.has(old)) fs.rmSync(path.join(folder!, old), { force: true });
  for (const [file, { text, executable }] of files) {
    const target = path.join(folder!, file);
    if (fs.existsSync(target) && fs.readFileSync(target, 'utf8') === text) continue;
    fs.outputFileSync(target, text, { mode: executable ? 0o755 : 0o644 });
  }
  fs.writeFileSync(list, [...files.keys()].join('\n'));
  console.log(`${files.size} files in ${folder} (${Object.values(choices).join(' ')})`);
}

once();
if (watch) {
  let timer: NodeJS.Timeout | undefined;
  fs.watch(templates, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      try {
        once();
      } catch (error) {
        console.error((error as Error).message);
      }
    }, 100);
  });
}
