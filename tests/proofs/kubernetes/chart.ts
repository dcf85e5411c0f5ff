import path from 'node:path';
import { execa } from 'execa';
import { type KubernetesObject, nameOf, type Part } from './objects.js';

/** The overlays whose objects the chart makes, with these values. */
const same: [overlay: string, values: string[]][] = [
  ['production', []],
  ['monitored', ['monitoring=true']],
  ['told-by-email', ['monitoring=true', 'receiver=email']],
  ['ingress', ['ingress=true']],
];
/** Values that the schema must refuse. */
const refused = [
  'host=shop',
  'poolers=none',
  'autoscaler.least=2',
  'image.tag=latest',
  'receiver=pager',
  'hots=x.example.com',
];

/**
 * @param program renders a chart
 * @param built the objects of each overlay, as Kustomize makes them
 * @returns where the chart of a project makes others, and what else is wrong with it
 */
export async function wrongChart(
  program: string,
  place: string,
  built: Record<string, KubernetesObject[]>,
): Promise<string[]> {
  const folder = path.join(place, 'deploy/kubernetes');
  /** @returns the objects, or what is said against the values */
  const template: Template = async (values) => {
    const { exitCode, stdout, stderr } = await execa(program, [folder, 'shop', ...values], {
      reject: false,
      maxBuffer: 1e8,
    });
    return exitCode === 0 ? JSON.parse(stdout) : stderr;
  };
  const wrong = await wrongValues(template);
  for (const [overlay, values] of same) {
    const made = await template(values);
    const wanted = [...built[overlay]!, ...built['production/migrate']!];
    if (typeof made === 'string') wrong.push(made);
    else wrong.push(...differences(wanted, made).map((text) => `${overlay}: ${text}`));
  }
  for (const value of refused)
    if (typeof (await template([value])) !== 'string') wrong.push(`the chart takes ${value}`);
  return wrong;
}

type Template = (values: readonly string[]) => Promise<KubernetesObject[] | string>;

/** Every value changes what it is about. */
async function wrongValues(template: Template): Promise<string[]> {
  const digest = `sha256:${'a'.repeat(64)}`;
  const made = await template([
    `image.digest=${digest}`,
    'host=api.example.com',
    'settings.LOG_LEVEL=debug',
    'database.PGHOST=db.example.com',
    'autoscaler.minReplicas=7',
    'poolers=5',
    'backup=false',
    'monitoring=true',
    'patches.Deployment/api.spec.minReadySeconds=9',
  ]);
  if (typeof made === 'string') return [made];
  const all = new Map(made.map((object) => [nameOf(object), object]));
  const image = `registry.example.com/shop@${digest}`;
  const least = all
    .get('PrometheusRule api')
    ?.spec.groups.flatMap(({ rules }: Part) => rules)
    .find(({ record }: Part) => record === 'job:instances_least:count');
  const job = all.get('Job migrate')?.spec.template.spec.containers[0];
  const expected: Record<string, [unknown, unknown]> = {
    image: [all.get('Deployment api')?.spec.template.spec.containers[0].image, image],
    'image of the migration': [job?.image, image],
    host: [all.get('HTTPRoute api')?.spec.hostnames[0], 'api.example.com'],
    setting: [all.get('ConfigMap api-settings')?.data?.LOG_LEVEL, 'debug'],
    database: [all.get('ConfigMap database')?.data?.PGHOST, 'db.example.com'],
    'database of the migration': [
      job?.env.find(({ name }: Part) => name === 'PGHOST')?.value,
      'db.example.com',
    ],
    autoscaler: [all.get('HorizontalPodAutoscaler api')?.spec.minReplicas, 7],
    alert: [least?.expr, '7'],
    poolers: [all.get('Deployment pooler')?.spec.replicas, 5],
    backup: [all.get('CronJob backup'), undefined],
    patch: [all.get('Deployment api')?.spec.minReadySeconds, 9],
  };
  return Object.entries(expected).flatMap(([name, [is, ought]]) =>
    is === ought ? [] : [`${name}: ${is} is not ${ought}`],
  );
}

function differences(
  kustomized: readonly KubernetesObject[],
  charted: readonly KubernetesObject[],
): string[] {
  // The namespace is made with the secrets, before the first release.
  const wanted = new Map(
    kustomized
      .filter(({ kind }) => kind !== 'Namespace')
      .map((object) => [nameOf(plain(object)), plain(object)]),
  );
  const made = new Map(charted.map((object) => [nameOf(object), plain(object)]));
  return [
    ...[...wanted.keys()].filter((name) => !made.has(name)).map((name) => `the chart has no ${name}`),
    ...[...made.keys()]
      .filter((name) => !wanted.has(name))
      .map((name) => `the chart has ${name}, the overlay has not`),
    ...[...wanted].flatMap(([name, object]) => {
      const charted = made.get(name);
      if (!charted) return [];
      const [a, b] = [ordered(object), ordered(charted)];
      const at = [...a].findIndex((letter, place) => letter !== b[place]);
      const near = (text: string) => text.slice(Math.max(0, at - 60), at + 80);
      return a === b ? [] : [`${name} differs: ${near(a)} | ${near(b)}`];
    }),
  ];
}

/** Without what only one of both has: names with hashes here, checksums and the environment of the hook there. */
function plain(object: KubernetesObject): KubernetesObject {
  const text = JSON.stringify(object).replace(
    /"(api-settings|database|pooler|backup)-[a-z0-9]{10}"/g,
    '"$1"',
  );
  const copy = JSON.parse(text);
  delete copy.metadata.namespace;
  if (copy.kind === 'Deployment') delete copy.spec.template.metadata.annotations;
  if (copy.kind === 'Job') {
    const { spec: pod } = copy.spec.template;
    delete copy.metadata.annotations;
    for (const key of ['serviceAccountName', 'imagePullSecrets']) delete pod[key];
    const [container] = pod.containers;
    delete container.envFrom;
    container.env = container.env.filter(
      ({ name, value }: Part) => !name.startsWith('PG') || value === undefined,
    );
  }
  return copy;
}

/** As text, with keys in their order, so that only content counts. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    each && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
