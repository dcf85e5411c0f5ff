import { pause } from '../../../src/verify/http/waiting.js';
import { type Rules, wrongConnections } from '../kubernetes/connections.js';
import { type KubernetesObject, type Part, selects } from '../kubernetes/objects.js';
import type { Cluster } from './cluster.js';

const tickMs = 250;
/** From the start of a container until it is ready, or has ended. */
const startMs = 1000;
const zones = ['a', 'b', 'c'];

/**
 * Stands in for the nodes of a cluster and for its metrics server. Pods that can start become ready, those of jobs end; those
 * of an image with the tag `broken` never become ready. As everywhere, a pod waits for its secrets and ConfigMaps, and nothing
 * works in it that the network policies forbid at that moment.
 */
export class Nodes {
  /** What callers make the ready pods of the API in a namespace use together, in thousandths of a core. */
  readonly load = new Map<string, number>();
  /** Why pods have not started yet, by their id, and what went wrong here. */
  readonly refused = new Map<string, string>();
  /** The least pods of the API that were ready at any time, by namespace. */
  readonly least = new Map<string, number>();
  /** When containers were started, by the id of their pod. */
  readonly #started = new Map<string, number>();
  #running: Promise<void> | undefined;
  #closed = false;
  #addresses = 0;

  /** @param rules which connections must be possible, by namespace */
  private constructor(
    private readonly cluster: Cluster,
    private readonly rules: Readonly<Record<string, Rules[]>>,
  ) {}

  static async start(cluster: Cluster, rules: Readonly<Record<string, Rules[]>>): Promise<Nodes> {
    const nodes = new Nodes(cluster, rules);
    for (const zone of zones) await cluster.ask('POST', '/api/v1/nodes', nodeIn(zone));
    for (const name of ['disk-1', 'disk-2'])
      await cluster.ask('POST', '/api/v1/persistentvolumes', diskNamed(name));
    await cluster.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', podMetrics);
    nodes.#running = nodes.#run();
    return nodes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      // An object may have changed since it was read: then it is read again.
      await this.#tick().catch((error: Error) => {
        if (!/: (404|409) |fetch failed/.test(error.message)) this.refused.set(error.message, error.message);
      });
      await pause(tickMs);
    }
  }

  async #tick(): Promise<void> {
    const { items } = await this.cluster.ask('GET', '/api/v1/pods');
    for (const pod of items) await this.#attend(pod);
    for (const [namespace, total] of this.load) {
      const ready = items.filter((pod: Part) => pod.metadata.namespace === namespace && serves(pod));
      this.least.set(
        namespace,
        Math.min(ready.length, this.least.get(namespace) ?? Number.POSITIVE_INFINITY),
      );
      for (const pod of ready) await this.#measure(pod, total / ready.length);
    }
  }

  async #attend(pod: Part): Promise<void> {
    const { metadata, spec, status } = pod;
    const place = placeOf(pod);
    if (metadata.deletionTimestamp) {
      const now = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
      await this.cluster.ask('DELETE', place, { ...now, preconditions: { uid: metadata.uid } });
      return;
    }
    if (!spec.nodeName || ['Succeeded', 'Failed'].includes(status.phase)) return;
    const started = this.#started.get(metadata.uid);
    if (started === undefined) return this.#begin(pod);
    if (Date.now() < started + startMs || isReady(pod)) return;
    const isJob = metadata.ownerReferences?.[0]?.kind === 'Job';
    const image: string = spec.containers[0].image;
    if (isJob) await this.#report(pod, 'Succeeded', false);
    else if (!image.endsWith(':broken')) await this.#report(pod, 'Running', true);
  }

  async #begin(pod: Part): Promise<void> {
    const missing = [...(await this.#missingReferences(pod)), ...(await this.#closedWays(pod))];
    const { namespace, uid } = pod.metadata;
    if (missing.length > 0) {
      this.refused.set(uid, `${namespace}: ${missing.join(', ')}`);
      return;
    }
    this.refused.delete(uid);
    await this.#report(pod, 'Running', false);
    this.#started.set(uid, Date.now());
  }

  async #missingReferences({ metadata, spec }: Part): Promise<string[]> {
    const names = new Set<string>();
    for (const { env = [], envFrom = [] } of spec.containers) {
      for (const { configMapRef, secretRef } of envFrom) {
        if (configMapRef) names.add(`configmaps/${configMapRef.name}`);
        if (secretRef) names.add(`secrets/${secretRef.name}`);
      }
      for (const { valueFrom: { secretKeyRef } = {} as Part } of env)
        if (secretKeyRef) names.add(`secrets/${secretKeyRef.name}`);
    }
    for (const { configMap, secret } of spec.volumes ?? []) {
      if (configMap) names.add(`configmaps/${configMap.name}`);
      if (secret) names.add(`secrets/${secret.secretName}`);
    }
    const missing: string[] = [];
    for (const name of names)
      await this.cluster.ask('GET', `/api/v1/namespaces/${metadata.namespace}/${name}`).catch(() => {
        missing.push(`${metadata.generateName} waits for ${name}`);
      });
    return missing;
  }

  /** @returns the connections that the pod needs and the policies of this moment do not let it make */
  async #closedWays({ metadata }: Part): Promise<string[]> {
    const { namespace, labels } = metadata;
    const objects: KubernetesObject[] = [];
    for (const [group, plural, kind] of kinds) {
      const { items } = await this.cluster.ask('GET', `/apis/${group}/v1/namespaces/${namespace}/${plural}`);
      objects.push(...items.map((item: KubernetesObject) => ({ ...item, kind })));
    }
    const name = labels['app.kubernetes.io/name'];
    const rules = this.rules[namespace];
    if (!rules) return [];
    return wrongConnections(objects, rules).filter((text) => text.startsWith(`not allowed: ${name} > `));
  }

  async #report(pod: Part, phase: 'Running' | 'Succeeded', ready: boolean): Promise<void> {
    const now = new Date().toISOString();
    const status = ready ? 'True' : 'False';
    this.#addresses += 1;
    const podIP =
      pod.status.podIP ?? `10.1.${Math.floor(this.#addresses / 250)}.${1 + (this.#addresses % 250)}`;
    const state =
      phase === 'Running'
        ? { running: { startedAt: now } }
        : { terminated: { exitCode: 0, reason: 'Completed', finishedAt: now } };
    const containerStatuses = pod.spec.containers.map(({ name, image }: Part) => ({
      ...{ name, image, imageID: image, ready, started: phase === 'Running', restartCount: 0, state },
    }));
    const conditions = ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      ...{ type, status: type === 'Initialized' ? 'True' : status, lastTransitionTime: now },
    }));
    const report = { phase, podIP, podIPs: [{ ip: podIP }], startTime: now, conditions, containerStatuses };
    if (pod.status.startTime) report.startTime = pod.status.startTime;
    await this.cluster.ask('PATCH', `${placeOf(pod)}/status`, { status: report }, merge);
  }

  async #measure({ metadata }: Part, cpu: number): Promise<void> {
    const { name, namespace, labels, uid } = metadata;
    const owner = { apiVersion: 'v1', kind: 'Pod', name, uid };
    await this.cluster.ask(
      'PATCH',
      `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods/${name}?fieldManager=nodes`,
      {
        apiVersion: 'metrics.k8s.io/v1beta1',
        kind: 'PodMetrics',
        metadata: { name, namespace, labels, ownerReferences: [owner] },
        timestamp: new Date().toISOString(),
        window: '15s',
        containers: [{ name: 'api', usage: { cpu: `${Math.round(cpu)}m`, memory: '100Mi' } }],
      },
      'application/apply-patch+yaml',
    );
  }
}

const merge = 'application/strategic-merge-patch+json';

const kinds = [
  ['networking.k8s.io', 'networkpolicies', 'NetworkPolicy'],
  ['apps', 'deployments', 'Deployment'],
  ['apps', 'statefulsets', 'StatefulSet'],
  ['batch', 'jobs', 'Job'],
] as const;

const placeOf = ({ metadata }: Part) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

const isReady = ({ status }: Part) =>
  (status.conditions ?? []).some((each: Part) => each.type === 'Ready' && each.status === 'True');

/** Whether it is a pod of the API that gets requests. */
const serves = (pod: Part) =>
  isReady(pod) &&
  !pod.metadata.deletionTimestamp &&
  selects({ matchLabels: { 'app.kubernetes.io/name': 'api', track: 'stable' } }, pod.metadata.labels ?? {});

function nodeIn(zone: string): object {
  const name = `node-${zone}`;
  const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone };
  const room = { cpu: '16', memory: '64Gi', pods: '110' };
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { metadata: { name, labels }, status: { capacity: room, allocatable: room, conditions } };
}

function diskNamed(name: string): object {
  const room = { capacity: { storage: '100Gi' }, accessModes: ['ReadWriteOnce'] };
  return { metadata: { name }, spec: { ...room, hostPath: { path: `/${name}` } } };
}

/** The kind that a metrics server serves, kept by the API server itself. */
const podMetrics = {
  metadata: {
    name: 'pods.metrics.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    group: 'metrics.k8s.io',
    scope: 'Namespaced',
    names: { plural: 'pods', kind: 'PodMetrics' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
