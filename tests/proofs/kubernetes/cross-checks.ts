import { type KubernetesObject, nameOf, type Part, selects, type Workload, workloadsOf } from './objects.js';

/** What a project says of itself outside of its manifests. */
export interface Project {
  env: { name: string; type: string; min?: number; max?: number; default?: unknown; values?: string[] }[];
  dbConnections: number;
  /** Paths of openapi.yaml. */
  paths: readonly string[];
  /** Keys of the secrets that README.md has made, by name of the secret. */
  secrets: Record<string, string[]>;
  /** How long the route waits for a response. */
  routeTimeoutS: number;
}

/** Kept for migrations, monitoring and people. */
const keptConnections = 13;
/** How long the pools of the API keep a connection, in seconds. */
const connectionLifeS = 1800;

/** @returns everything in which the objects of an overlay do not fit each other or the project */
export function disagreements(objects: readonly KubernetesObject[], project: Project): string[] {
  return [
    selectors,
    references,
    settings,
    probes,
    containers,
    times,
    ingress,
    connections,
    monitoring,
    waves,
  ].flatMap((check) => check(objects, project));
}

/** @returns what the objects of a first step refer to that is not among them */
export function danglingReferences(objects: readonly KubernetesObject[], project: Project): string[] {
  return [references, containers].flatMap((check) => check(objects, project));
}

const ofKind = (objects: readonly KubernetesObject[], kind: string) =>
  objects.filter((object) => object.kind === kind);

function selectors(objects: readonly KubernetesObject[]): string[] {
  const workloads = workloadsOf(objects);
  const wrong: string[] = [];
  for (const object of objects) {
    const { spec } = object;
    const selector =
      object.kind === 'Service'
        ? { matchLabels: spec.selector }
        : (spec?.podSelector ??
          (['Deployment', 'StatefulSet', 'PodDisruptionBudget'].includes(object.kind) && spec.selector));
    // The pods of cert-manager are there only while it gets a certificate.
    if (!selector || selector.matchLabels?.['acme.cert-manager.io/http01-solver']) continue;
    const found = workloads.filter(({ labels }) => selects(selector, labels));
    if (found.length === 0) wrong.push(`${nameOf(object)} selects no pods`);
    if (['Deployment', 'StatefulSet'].includes(object.kind) && found.some(({ owner }) => owner !== object))
      wrong.push(`${nameOf(object)} selects pods of ${found.map(({ owner }) => nameOf(owner)).join(', ')}`);
    if (object.kind !== 'Service') continue;
    for (const { targetPort } of spec.ports)
      for (const { owner, pod } of found)
        if (!portsOf(pod).includes(targetPort))
          wrong.push(`${nameOf(object)}: ${nameOf(owner)} has no port ${targetPort}`);
  }
  for (const { metadata, spec } of ofKind(objects, 'HorizontalPodAutoscaler')) {
    const target = workloads.find(
      ({ owner }) => nameOf(owner) === `${spec.scaleTargetRef.kind} ${spec.scaleTargetRef.name}`,
    );
    if (!target) wrong.push(`HorizontalPodAutoscaler ${metadata.name} scales nothing`);
    else if (target.owner.spec.replicas !== undefined)
      wrong.push(`${nameOf(target.owner)} is scaled, yet has replicas`);
  }
  const backends: { name: string; port: number | string }[] = [
    ...ofKind(objects, 'HTTPRoute').flatMap(({ spec }) =>
      spec.rules.flatMap((rule: Part) => rule.backendRefs),
    ),
    ...ofKind(objects, 'Ingress')
      .flatMap(({ spec }) => spec.rules.flatMap(({ http }: Part) => http.paths))
      .map(({ backend: { service } }: Part) => ({ name: service.name, port: service.port.name })),
  ];
  if (objects.some(({ kind }) => kind === 'Deployment') && backends.length === 0)
    wrong.push('no route leads to the API');
  for (const { name, port } of backends)
    if (
      !ofKind(objects, 'Service').some(
        (service) =>
          service.metadata.name === name &&
          service.spec.ports.some((each: Part) => each.port === port || each.name === port),
      )
    )
      wrong.push(`the route leads to ${name}:${port}, which is not there`);
  for (const { spec } of ofKind(objects, 'ServiceMonitor')) {
    const found = ofKind(objects, 'Service').filter(({ metadata }) =>
      selects(spec.selector, metadata.labels ?? {}),
    );
    if (found.length !== 1) wrong.push(`the monitor selects ${found.length} services`);
    for (const { port } of spec.endpoints)
      if (!found.every((service) => service.spec.ports.some(({ name }: Part) => name === port)))
        wrong.push(`the monitor asks a port ${port} that no service has`);
  }
  return wrong;
}

function references(objects: readonly KubernetesObject[], { secrets }: Project): string[] {
  const wrong: string[] = [];
  const has = (kind: string, name: string, key?: string) => {
    const keys =
      kind === 'Secret'
        ? secrets[name]
        : objects.find((object) => object.kind === kind && object.metadata.name === name);
    const found = keys && (!key || (Array.isArray(keys) ? keys : Object.keys(keys.data ?? {})).includes(key));
    return found ? [] : [`refers to the ${kind} ${name}${key ? ` and its ${key}` : ''}, which is not there`];
  };
  for (const { owner, pod } of workloadsOf(objects)) {
    const missing: string[] = [];
    for (const { env = [], envFrom = [] } of pod.containers) {
      for (const { configMapRef, secretRef } of envFrom) {
        if (configMapRef) missing.push(...has('ConfigMap', configMapRef.name));
        if (secretRef) missing.push(...has('Secret', secretRef.name));
      }
      for (const { valueFrom: { configMapKeyRef, secretKeyRef } = {} as Part } of env) {
        if (configMapKeyRef)
          missing.push(
            ...has(
              'ConfigMap',
              configMapKeyRef.name,
              configMapKeyRef.optional ? undefined : configMapKeyRef.key,
            ),
          );
        if (secretKeyRef) missing.push(...has('Secret', secretKeyRef.name, secretKeyRef.key));
      }
    }
    for (const { configMap, secret, persistentVolumeClaim: claim } of pod.volumes ?? []) {
      if (claim) missing.push(...has('PersistentVolumeClaim', claim.claimName));
      if (configMap) missing.push(...has('ConfigMap', configMap.name));
      for (const { key } of secret?.items ?? []) missing.push(...has('Secret', secret.secretName, key));
    }
    const account = ofKind(objects, 'ServiceAccount').find(
      ({ metadata }) => metadata.name === pod.serviceAccountName,
    );
    if (pod.serviceAccountName) missing.push(...has('ServiceAccount', pod.serviceAccountName));
    const pulls: Part[] = account?.imagePullSecrets ?? [];
    if (
      pod.containers.some(({ image }: Part) => image.startsWith('registry.example.com/')) &&
      pulls.length === 0
    )
      missing.push('cannot pull from a private registry');
    for (const { name } of pulls) missing.push(...has('Secret', name));
    wrong.push(...missing.map((text) => `${nameOf(owner)} ${text}`));
  }
  for (const object of ofKind(objects, 'AlertmanagerConfig')) {
    const keys = [...JSON.stringify(object.spec).matchAll(/"key":"(\w+)","name":"(\w+)"/g)];
    if (keys.length !== 2)
      wrong.push(`${nameOf(object)} reads ${keys.length} secrets, not those of team and watchdog`);
    wrong.push(...keys.flatMap(([, key, name]) => has('Secret', name!, key)));
  }
  return wrong;
}

/** The settings of the API: known, within bounds, and none that it needs is missing. */
function settings(objects: readonly KubernetesObject[], { env, secrets }: Project): string[] {
  return programPods(objects).flatMap(({ owner, pod }) => {
    const [container] = pod.containers;
    const map = objects.find(
      ({ kind, metadata }) =>
        kind === 'ConfigMap' && metadata.name === container.envFrom[0].configMapRef.name,
    );
    const given = new Set([
      ...Object.keys(map?.data ?? {}),
      ...secrets.api!,
      ...container.env.map(({ name }: Part) => name),
    ]);
    const wrong = env
      .filter((setting) => !('default' in setting) && !given.has(setting.name))
      .map(({ name }) => `${nameOf(owner)} lacks ${name}`);
    for (const [name, value] of Object.entries(map?.data ?? {})) {
      const setting = env.find((each) => each.name === name);
      if (!setting) wrong.push(`${name} is no setting of the API`);
      else if (
        setting.type === 'integer' &&
        !(Number(value) >= setting.min! && Number(value) <= setting.max!)
      )
        wrong.push(`${name}=${value} is out of bounds`);
      else if (setting.values && !setting.values.includes(value))
        wrong.push(`${name}=${value} is not possible`);
    }
    return wrong;
  });
}

function probes(objects: readonly KubernetesObject[], { paths }: Project): string[] {
  return workloadsOf(objects).flatMap(({ owner, pod }) =>
    pod.containers.flatMap((container: Part) =>
      ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((kind) => {
        const { httpGet, tcpSocket } = container[kind] ?? {};
        const port = (httpGet ?? tcpSocket)?.port;
        return [
          ...(port && !portsOf(pod).includes(port)
            ? [`${nameOf(owner)}: ${kind} asks a port ${port} that is not there`]
            : []),
          ...(httpGet && !paths.includes(httpGet.path)
            ? [`${nameOf(owner)}: openapi.yaml has no ${httpGet.path}`]
            : []),
        ];
      }),
    ),
  );
}

function containers(objects: readonly KubernetesObject[]): string[] {
  return workloadsOf(objects).flatMap(({ owner, pod }) =>
    pod.containers.flatMap(({ name, image, resources = {}, securityContext = {}, readinessProbe }: Part) => {
      const wrong: string[] = [];
      if (!/[:@](?!latest$)[\w.:-]+$/.test(image)) wrong.push(`image ${image} is not pinned`);
      if (!resources.requests?.cpu || !resources.requests?.memory) wrong.push('requests nothing');
      if (resources.limits?.memory !== resources.requests?.memory)
        wrong.push('may use more memory than it requests');
      if (resources.limits?.cpu) wrong.push('is throttled');
      if (!securityContext.readOnlyRootFilesystem) wrong.push('may write to its image');
      if (!owner.kind.endsWith('Job') && !readinessProbe) wrong.push('does not say when it is ready');
      if (pod.automountServiceAccountToken !== false) wrong.push('gets a token of the cluster');
      return wrong.map((text) => `${nameOf(owner)}: ${name} ${text}`);
    }),
  );
}

/** What ends first on the way in must be what knows most about the reason. */
function times(objects: readonly KubernetesObject[], project: Project): string[] {
  const wrong: string[] = [];
  const timeoutsS = ofKind(objects, 'HTTPRoute').map(({ spec }) =>
    Number.parseFloat(spec.rules[0].timeouts.request),
  );
  for (const { owner, pod } of programPods(objects)) {
    const setting = (name: string) => settingOf(name, pod, objects, project);
    const graceMs = pod.terminationGracePeriodSeconds * 1000;
    const needed = setting('DRAIN_DELAY_MS') + setting('REQUEST_TIMEOUT_MS');
    if (graceMs <= setting('SHUTDOWN_TIMEOUT_MS'))
      wrong.push(`${nameOf(owner)} is killed after ${graceMs} ms, before SHUTDOWN_TIMEOUT_MS`);
    if (setting('SHUTDOWN_TIMEOUT_MS') < needed)
      wrong.push('SHUTDOWN_TIMEOUT_MS leaves requests no time after DRAIN_DELAY_MS');
    if (setting('DB_STATEMENT_TIMEOUT_MS') >= setting('REQUEST_TIMEOUT_MS'))
      wrong.push('statements outlive their request');
    if (timeoutsS.some((seconds) => seconds * 1000 <= setting('REQUEST_TIMEOUT_MS')))
      wrong.push('the route ends a request before the API does');
  }
  for (const pooler of podsNamed('pooler', objects)) {
    const { pod } = pooler;
    const delayS = containerOf(pooler).lifecycle.preStop.sleep.seconds;
    if (pod.terminationGracePeriodSeconds <= connectionLifeS + delayS)
      wrong.push('a pooler is killed while it has clients');
  }
  return wrong;
}

/** An Ingress lets through and waits for what the route and the API do, with a certificate for its host. */
function ingress(objects: readonly KubernetesObject[], { env, routeTimeoutS }: Project): string[] {
  const body = env.find(({ name }) => name === 'BODY_LIMIT_BYTES')!.default as number;
  return ofKind(objects, 'Ingress').flatMap(({ metadata, spec }) => {
    const annotations = metadata.annotations ?? {};
    const wrong = spec.rules
      .map(({ host }: Part) => host)
      .filter((host: string) => !spec.tls.some(({ hosts }: Part) => hosts.includes(host)))
      .map((host: string) => `the ingress has no certificate for ${host}`);
    if (spec.rules.some(({ host }: Part) => !host.includes('.'))) wrong.push('the ingress has no host name');
    if (!annotations['cert-manager.io/cluster-issuer']) wrong.push('nobody issues the certificate');
    for (const prefix of ['nginx.org', 'nginx.ingress.kubernetes.io']) {
      const own = Object.entries(annotations).filter(([name]) => name.startsWith(`${prefix}/`));
      const size = own.find(([name]) => name.endsWith('body-size'))?.[1] ?? '0m';
      if (Number.parseInt(size, 10) * 1024 ** 2 < body)
        wrong.push(`${prefix} refuses bodies that the API takes`);
      for (const kind of ['read', 'send']) {
        const seconds = own.find(([name]) => name.endsWith(`proxy-${kind}-timeout`))?.[1];
        if (Number.parseInt(seconds ?? '', 10) !== routeTimeoutS)
          wrong.push(`${prefix}: proxy-${kind}-timeout is ${seconds}, that of the route is ${routeTimeoutS}`);
      }
    }
    return wrong;
  });
}

/** Where Argo CD applies them: first what a migration needs, then the migration, then the pods. */
function waves(objects: readonly KubernetesObject[]): string[] {
  const wave = ({ metadata }: KubernetesObject) =>
    Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
  if (!objects.some(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-wave'])) return [];
  const [job] = ofKind(objects, 'Job').filter(
    ({ metadata }) => metadata.annotations?.['argocd.argoproj.io/hook'] === 'Sync',
  );
  if (!job) return ['Argo CD does not run the migration as a hook'];
  const before = ['Namespace', 'NetworkPolicy', 'ServiceAccount', 'ConfigMap', 'Service', 'StatefulSet'];
  return objects
    .filter((each) => each !== job)
    .filter((each) => (before.includes(each.kind) ? wave(each) >= wave(job) : false))
    .concat(ofKind(objects, 'Deployment').filter((each) => wave(each) <= wave(job)))
    .map((each) => `${nameOf(each)} is in wave ${wave(each)}, the migration in ${wave(job)}`);
}

/** In the worst moment: all pods there can be, in the middle of a rollout, with a canary. */
function connections(objects: readonly KubernetesObject[], project: Project): string[] {
  const wrong: string[] = [];
  const [pooler] = podsNamed('pooler', objects);
  if (!pooler) return [];
  const size = Number(containerOf(pooler).env.find(({ name }: Part) => name === 'POOL_SIZE').value);
  // Those before serve out their clients while as many new ones begin.
  const asked = 2 * pooler.owner.spec.replicas * size;
  if (asked > project.dbConnections - keptConnections)
    wrong.push(`poolers ask for ${asked} connections of ${project.dbConnections}`);
  const files = objects.find(({ data }) => data?.['pooler.ini'])!.data!;
  const ini = files['pooler.ini']!;
  // PgBouncer puts all settings back to their defaults where a section begins again: TLS would not be checked.
  if (
    Object.values(files)
      .join('\n')
      .match(/^\[pgbouncer\]$/gm)?.length !== 1
  )
    wrong.push('the section [pgbouncer] of the pooler is not in one piece');
  const admitted = Number(/^max_client_conn = (\d+)$/m.exec(ini)?.[1]);
  const wanted = programPods(objects)
    .map(({ owner, pod }) => {
      const scaler = ofKind(objects, 'HorizontalPodAutoscaler').find(
        ({ spec }) => spec.scaleTargetRef.name === owner.metadata.name,
      );
      return (
        mostPods(owner, scaler?.spec.maxReplicas ?? owner.spec.replicas) *
        settingOf('DB_POOL_MAX', pod, objects, project)
      );
    })
    .reduce((sum, each) => sum + each, 0);
  // One pooler must do for all while the others are replaced.
  if (!(admitted >= wanted)) wrong.push(`a pooler admits ${admitted} clients of ${wanted}`);
  const waitS = Number(/^query_wait_timeout = ([\d.]+)$/m.exec(ini)?.[1]);
  if (!(waitS * 1000 < settingOf('REQUEST_TIMEOUT_MS', apiPods(objects)[0]!.pod, objects, project)))
    wrong.push('a query waits in the pooler for longer than its request');
  return wrong;
}

/** What the operator of kube-prometheus-stack finds, and whether it alerts about pods that nobody wants. */
function monitoring(objects: readonly KubernetesObject[]): string[] {
  const rules = ofKind(objects, 'PrometheusRule');
  const least = rules
    .flatMap(({ spec }) => spec.groups.flatMap((group: Part) => group.rules))
    .find(({ record }: Part) => record === 'job:instances_least:count');
  const kept = ofKind(objects, 'HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'api')
    ?.spec.minReplicas;
  return [
    ...[...rules, ...ofKind(objects, 'ServiceMonitor')]
      .filter(({ metadata }) => metadata.labels?.release !== 'kube-prometheus-stack')
      .map((object) => `${nameOf(object)} is not selected by the operator`),
    ...rules.flatMap(({ metadata, spec }) =>
      spec.groups
        .flatMap((group: Part) => group.rules)
        .filter(({ alert, labels }: Part) => alert && labels.namespace !== metadata.namespace)
        .map(({ alert }: Part) => `${alert} does not reach the AlertmanagerConfig of its namespace`),
    ),
    ...(rules.length > 0 && ofKind(objects, 'AlertmanagerConfig').length !== 1
      ? ['nobody is told about alerts']
      : []),
    ...(rules.length > 0 && String(least?.expr) !== String(kept)
      ? [`fewer than ${least?.expr} pods raise an alert, and the autoscaler keeps ${kept}`]
      : []),
    ...(rules.length > 0 && !objects.some(({ metadata }) => metadata.labels?.grafana_dashboard)
      ? ['Grafana finds no dashboard']
      : []),
  ];
}

function mostPods({ spec }: KubernetesObject, replicas: number): number {
  const { maxSurge } = spec.strategy.rollingUpdate;
  const surge =
    typeof maxSurge === 'number' ? maxSurge : Math.ceil((replicas * Number.parseInt(maxSurge, 10)) / 100);
  return replicas + surge;
}

/** The container that has the name of its pod. */
const containerOf = ({ labels, pod }: Workload) =>
  pod.containers.find(({ name }: Part) => name === labels['app.kubernetes.io/name']);

function podsNamed(name: string, objects: readonly KubernetesObject[]): Workload[] {
  return workloadsOf(objects).filter(({ labels }) => labels['app.kubernetes.io/name'] === name);
}

const apiPods = (objects: readonly KubernetesObject[]) => podsNamed('api', objects);

/** Those of the image of the project that go on running. */
const programPods = (objects: readonly KubernetesObject[]) => [
  ...apiPods(objects),
  ...podsNamed('worker', objects),
];

function settingOf(name: string, pod: Part, objects: readonly KubernetesObject[], { env }: Project): number {
  const [container] = pod.containers;
  const map = container.envFrom[0].configMapRef.name;
  const data = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === map)!.data!;
  const own = container.env.find((each: Part) => each.name === name)?.value;
  return Number(own ?? data[name] ?? env.find((setting) => setting.name === name)!.default);
}

const portsOf = (pod: Part): string[] =>
  pod.containers.flatMap(({ ports = [] }: Part) => ports.map(({ name }: Part) => name));
