import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { parse, stringify } from 'yaml';
import { resolvedWith } from '../../../src/answers/resolve.js';
import type { Workload } from '../../../src/capacity/workload.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { type Rules, wrongConnections } from './connections.js';
import { danglingReferences, disagreements } from './cross-checks.js';
import type { KubernetesObject } from './objects.js';
import type { Secrets } from './release.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../../templates'));

/** What is applied, the environment whose migrations it needs, and the connections that it allows. */
const overlays: [overlay: string, environment: string, rules: Rules[]][] = [
  ['production', 'production', ['always', 'gateway', 'managed']],
  ['canary', 'production', ['always', 'gateway', 'managed']],
  ['managed-gateway', 'production', ['always', 'balancer', 'managed']],
  ['monitored', 'production', ['always', 'gateway', 'managed', 'monitored']],
  ['staging', 'staging', ['always', 'gateway', 'inside']],
  ['monitored-staging', 'staging', ['always', 'gateway', 'inside', 'monitored']],
  ['told-by-slack', 'production', ['always', 'gateway', 'managed', 'monitored']],
  ['told-by-email', 'production', ['always', 'gateway', 'managed', 'monitored']],
  ['ingress', 'production', ['always', 'ingress', 'managed']],
  ['ingress-staging', 'staging', ['always', 'ingress', 'inside']],
  ['argocd/production', 'production', ['always', 'gateway', 'managed']],
  ['argocd/staging', 'staging', ['always', 'gateway', 'inside']],
];

/** Renders a project into a new folder of `folder`. @returns its folder */
export function renderInto(folder: string, choices: Record<string, string>, load: Workload): string {
  const resolved = resolvedWith(catalog, { ci: 'none', loadTest: 'k6', ...choices, load });
  const place = fs.mkdtempSync(path.join(folder, 'project-'));
  for (const [file, { text, executable }] of render(resolved, '0.0.0'))
    fs.outputFileSync(path.join(place, file), text, { mode: executable ? 0o755 : 0o644 });
  return place;
}

/** An environment with what is optional, added as its owner would. */
function addWith(inside: string, environment: string, name: string, component: string): void {
  const copy = path.join(inside, name);
  fs.copySync(path.join(inside, environment), copy);
  const kustomization = path.join(copy, 'kustomization.yaml');
  const { components, ...rest } = parse(fs.readFileSync(kustomization, 'utf8'));
  const added = { ...rest, components: [...components, `../../components/${component}`] };
  fs.writeFileSync(kustomization, stringify(added));
}

/** Monitoring with another receiver of alerts. */
function addReceiver(inside: string, receiver: string): void {
  const monitoring = path.join(inside, '../components/monitoring');
  const copy = `${monitoring}-${receiver}`;
  fs.copySync(monitoring, copy);
  const file = path.join(copy, 'kustomization.yaml');
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace('- receivers/webhook', `- receivers/${receiver}`));
  addWith(inside, 'production', `told-by-${receiver}`, `monitoring-${receiver}`);
}

/** Production behind a gateway of a cloud, with the networks that README.md has for it. */
function addManagedGateway(place: string, inside: string): void {
  const readme = fs.readFileSync(path.join(place, 'README.md'), 'utf8');
  const [, cell] = /^\| GKE Gateway, external \| (.*?) \|/m.exec(readme)!;
  const peers = [...cell!.matchAll(/`(ipBlock: .*?)`/g)].map(([, peer]) => parse(peer!));
  const value = { op: 'replace', path: '/spec/ingress/0/from', value: peers };
  const target = { kind: 'NetworkPolicy', name: 'from-gateway' };
  fs.outputFileSync(
    path.join(inside, 'managed-gateway/kustomization.yaml'),
    stringify({ resources: ['../production'], patches: [{ target, patch: stringify([value]) }] }),
  );
}

/**
 * Builds the overlays of a project as kubectl does, takes them as an API server does, and compares their objects with each
 * other and with the project.
 * @param manifests the program that builds and takes them
 * @param judge says what else is wrong with the objects
 * @returns what is wrong, a line each
 */
export async function wrongManifests(
  manifests: string,
  place: string,
  secrets: Secrets,
  judge: (built: Record<string, KubernetesObject[]>) => Promise<string[]> = async () => [],
): Promise<string[]> {
  const inside = path.join(place, 'deploy/kubernetes/overlays');
  addWith(inside, 'production', 'monitored', 'monitoring');
  addWith(inside, 'staging', 'monitored-staging', 'monitoring');
  addWith(inside, 'production', 'ingress', 'ingress');
  addWith(inside, 'staging', 'ingress-staging', 'ingress');
  for (const receiver of ['slack', 'email']) addReceiver(inside, receiver);
  addManagedGateway(place, inside);
  const names = overlays.flatMap(([overlay]) =>
    [overlay, `${overlay}/migrate`].filter((name) => fs.existsSync(path.join(inside, name))),
  );
  const { stdout, stderr, exitCode } = await execa(manifests, names, {
    cwd: inside,
    reject: false,
    maxBuffer: 1e8,
  });
  if (exitCode !== 0) return stderr.split('\n');
  const built = JSON.parse(stdout) as Record<string, KubernetesObject[]>;
  const { answers, run } = fs.readJsonSync(path.join(place, '.scalable-api.json'));
  const { paths } = parse(fs.readFileSync(path.join(place, 'openapi.yaml'), 'utf8'));
  const wrong = overlays.flatMap(([overlay, environment, rules]) => {
    const first = built[`${environment}/migrate`]!;
    const objects = together(built[overlay]!, first);
    const namespaces = [...new Set(objects.map(namespaceOf))];
    const project = {
      env: run.env,
      dbConnections: answers.load.dbConnections,
      paths: Object.keys(paths),
      secrets: {
        database: secrets[`${namespaces[0]}/database`] ?? [],
        api: secrets['shop/api'] ?? [],
        registry: secrets['shop/registry'] ?? [],
        alerts: secrets['shop/alerts'] ?? [],
      },
      routeTimeoutS: Number.parseInt(
        built.production!.find(({ kind }) => kind === 'HTTPRoute')!.spec.rules[0].timeouts.request,
        10,
      ),
    };
    const alone: [string, readonly KubernetesObject[]][] = [
      // Nothing else is there while the migrations of a first release run.
      ['before the first release', first],
      // What is compared or applied without a release.
      ['without migrations', built[overlay]!],
    ];
    return [
      ...alone.flatMap(([when, applied]) =>
        [...danglingReferences(applied, project), ...wrongConnections(applied, rules)].map(
          (text) => `${when}: ${text}`,
        ),
      ),
      ...(namespaces.length === 1 ? [] : [`is in the namespaces ${namespaces.join(', ')}`]),
      ...disagreements(objects, project),
      ...wrongConnections(objects, rules),
    ].map((text) => `${overlay}: ${text}`);
  });
  return [...wrong, ...(await judge(built))];
}

/** The objects of both; what both have is there once, as the first have it. */
function together(
  some: readonly KubernetesObject[],
  others: readonly KubernetesObject[],
): KubernetesObject[] {
  const named = [...others, ...some].map(
    (object) => [`${object.kind} ${object.metadata.name}`, object] as const,
  );
  return [...new Map(named).values()];
}

const namespaceOf = ({ kind, metadata }: KubernetesObject) =>
  kind === 'Namespace' ? metadata.name : metadata.namespace;
