// Runs a load test that is written for k6, as far as scripts of projects use it. usage: main.ts SCRIPT
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import fs from 'fs-extra';
import { Metrics } from './metrics.js';
import { perform, type Scenario } from './scenarios.js';
import { type Failure, Users } from './users.js';

/** Exit codes of k6. */
const codes = { exceeded: 99, failed: 107, aborted: 108 };

interface Options {
  scenarios: Record<string, Scenario>;
  thresholds: Record<string, string[]>;
}

/** Modules of k6 come from `user.ts`; modules of a script find files beside themselves, as before they are bundled. */
const asInK6: Plugin = {
  name: 'k6',
  setup({ onResolve, onLoad }) {
    const modules: Record<string, string> = {
      k6: 'export { check } from "./user.ts"',
      'k6/http': 'export { http as default } from "./user.ts"',
      'k6/execution': 'export { execution as default } from "./user.ts"',
    };
    onResolve({ filter: /^k6($|\/)/ }, ({ path }) => ({ path, namespace: 'k6' }));
    onLoad({ filter: /.*/, namespace: 'k6' }, ({ path }) => ({
      contents: modules[path]!,
      resolveDir: import.meta.dirname,
    }));
    onLoad({ filter: /\/load\/.*\.js$/ }, async ({ path: file }) => ({
      contents: (await fs.readFile(file, 'utf8')).replaceAll(
        /import\.meta\.resolve\((.*?)\)/g,
        `new URL($1, "${pathToFileURL(file)}").href`,
      ),
    }));
  },
};

async function bundle(script: string, folder: string): Promise<string> {
  const outfile = path.join(folder, 'user.mjs');
  const contents = `import { serve } from './user.ts'; import * as script from ${JSON.stringify(script)}; serve(script);`;
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', plugins: [asInK6], logLevel: 'error' },
  });
  return outfile;
}

async function run(script: string, folder: string): Promise<number> {
  const users = new Users(await bundle(path.resolve(script), folder));
  try {
    const { scenarios, thresholds } = (await users.once('options')) as Options;
    const metrics = new Metrics(thresholds);
    users.measure = (metric, value, scenario) => metrics.add(metric, value, scenario);
    const data = await users.once('setup');
    await users.allocate(Math.max(...Object.values(scenarios).map(({ preAllocatedVUs }) => preAllocatedVUs)));
    const test = { users, data, startMs: performance.now() };
    await Promise.all(Object.entries(scenarios).map(([name, scenario]) => perform(name, scenario, test)));
    const state = { testRunDurationMs: performance.now() - test.startMs };
    await users.once('teardown', data);
    const summary = metrics.summarize();
    const written = await users.once('handleSummary', { metrics: summary, state });
    for (const [file, text] of Object.entries(written as Record<string, string>))
      if (file === 'stdout') process.stdout.write(text);
      else fs.outputFileSync(file, text);
    const limits = Object.values(summary).flatMap(({ thresholds = {} }) => Object.values(thresholds));
    return limits.every(({ ok }) => ok) ? 0 : codes.exceeded;
  } catch (error) {
    console.error((error as Error).message);
    return (error as Failure).aborted ? codes.aborted : codes.failed;
  } finally {
    await users.close();
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'users-'));
process.exitCode = await run(process.argv[2]!, folder);
fs.removeSync(folder);
