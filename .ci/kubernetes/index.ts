// Builds what a project of each framework has for Kubernetes, and takes it as a cluster would: npx tsx .ci/kubernetes
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { parse } from 'yaml';
import { type Answers, sampleResource } from '../../src/answers.js';
import { defaultLoad, type Load } from '../../src/load.js';
import { render } from '../../src/render.js';
import { catalogOf } from '../../src/templates.js';
import { Passed } from '../../tests/passed.js';
import { type Rules, wrongConnections } from './connections.js';
import { disagreements } from './cross-checks.js';
import type { KubernetesObject } from './objects.js';
import { lintScripts, makeSecrets, type Secrets, tryRelease } from './scripts.js';
import { installTools } from './tools.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kubernetes-'));
const tool = path.join(folder, 'manifests');
const passed = new Passed('kubernetes', ['.ci/kubernetes', 'src/capacity.ts']);
const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));

const combinations = [
  { framework: 'fastify', auth: 'jwt' },
  { framework: 'express', auth: 'none' },
  { framework: 'fastapi', auth: 'jwt' },
].map((some) => ({ choices: { ...some, database: 'postgresql', cache: 'redis', deploy: 'kubernetes' } }));

/** From a handful of requests to more than fits into one database server's connections without poolers. */
const loads: Load[] = [
  defaultLoad,
  { ...defaultLoad, peakRps: 20 },
  { ...defaultLoad, peakRps: 5000, dbConnections: 200 },
  { ...defaultLoad, peakRps: 20_000, dbConnections: 30 },
];

/** What is applied, the environment whose migrations it needs, and the connections that it allows. */
const overlays: [overlay: string, environment: string, rules: Rules[]][] = [
  ['production', 'production', ['always', 'managed']],
  ['canary', 'production', ['always', 'managed']],
  ['monitored', 'production', ['always', 'managed', 'monitored']],
  ['staging', 'staging', ['always', 'inside']],
];

function write(choices: Record<string, string>, load: Load): string {
  const answers = {
    queue: 'none',
    ci: 'none',
    loadTool: 'k6',
    ...choices,
    project: { title: 'Shop', name: 'shop', snake: 'shop' },
    resources: [sampleResource],
    load,
    packageManager: catalog.packageManagers(choices.framework!)[0]!.name,
  } as unknown as Answers;
  const place = fs.mkdtempSync(path.join(folder, 'project-'));
  for (const [file, { text, executable }] of render(catalog, answers, '0.0.0'))
    fs.outputFileSync(path.join(place, file), text, { mode: executable ? 0o755 : 0o644 });
  return place;
}

/** Production with what is optional, added as its owner would. */
function addMonitored(place: string): void {
  const copy = path.join(place, 'monitored');
  fs.copySync(path.join(place, 'production'), copy);
  const kustomization = path.join(copy, 'kustomization.yaml');
  const text = fs.readFileSync(kustomization, 'utf8');
  fs.writeFileSync(kustomization, text.replace('\n  - environment\n', '$&  - ../../components/monitoring\n'));
}

async function checkManifests(place: string, secrets: Secrets): Promise<string[]> {
  const inside = path.join(place, 'deploy/kubernetes/overlays');
  addMonitored(inside);
  const names = overlays.flatMap(([overlay]) =>
    [overlay, `${overlay}/migrate`].filter((name) => fs.existsSync(path.join(inside, name))),
  );
  const { stdout, stderr, exitCode } = await execa(tool, names, {
    cwd: inside,
    reject: false,
    maxBuffer: 1e8,
  });
  if (exitCode !== 0) return stderr.split('\n');
  const built = JSON.parse(stdout) as Record<string, KubernetesObject[]>;
  const { answers, run } = fs.readJsonSync(path.join(place, '.scalable-api.json'));
  const { paths } = parse(fs.readFileSync(path.join(place, 'openapi.yaml'), 'utf8'));
  return overlays.flatMap(([overlay, environment, rules]) => {
    const objects = together(built[overlay]!, built[`${environment}/migrate`]!);
    const namespaces = [...new Set(objects.map(namespaceOf))];
    const project = {
      env: run.env,
      dbConnections: answers.load.dbConnections,
      paths: Object.keys(paths),
      secrets: { database: secrets[`${namespaces[0]}/database`] ?? [], api: secrets['shop/api'] ?? [] },
    };
    return [
      ...(namespaces.length === 1 ? [] : [`is in the namespaces ${namespaces.join(', ')}`]),
      ...disagreements(objects, project),
      ...wrongConnections(objects, rules),
    ].map((text) => `${overlay}: ${text}`);
  });
}

/** The objects of both; what both have is there once. */
function together(
  some: readonly KubernetesObject[],
  others: readonly KubernetesObject[],
): KubernetesObject[] {
  const named = [...some, ...others].map(
    (object) => [`${object.kind} ${object.metadata.name}`, object] as const,
  );
  return [...new Map(named).values()];
}

const namespaceOf = ({ kind, metadata }: KubernetesObject) =>
  kind === 'Namespace' ? metadata.name : metadata.namespace;

async function check(choices: Record<string, string>, load: Load): Promise<string[]> {
  const place = write(choices, load);
  const wrong = await checkManifests(place, await makeSecrets(place));
  if (load !== defaultLoad) return wrong;
  return [...wrong, ...(await lintScripts(place)), ...(await tryRelease(place))];
}

try {
  const open = combinations.filter((combination) => !passed.has(combination));
  for (const { choices } of combinations.filter((combination) => !open.includes(combination)))
    console.log(`${choices.framework} has passed as it is`);
  if (open.length > 0) await installTools(tool);
  for (const combination of open) {
    const { choices } = combination;
    const wrong: string[] = [];
    // What the load changes has nothing to do with the framework.
    for (const load of combination === combinations[0] ? loads : [defaultLoad])
      wrong.push(...(await check(choices, load)).map((text) => `${load.peakRps} rps, ${text}`));
    const verdict = wrong.length === 0 ? 'is taken, fits together and connects as it should' : 'is wrong:';
    console.log([`${choices.framework} ${verdict}`, ...wrong].join('\n  '));
    if (wrong.length > 0) process.exitCode = 1;
    else passed.record(combination);
  }
} finally {
  fs.removeSync(folder);
}
