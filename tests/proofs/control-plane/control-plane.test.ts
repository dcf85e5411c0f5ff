import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultWorkload } from '../../../src/capacity/workload.js';
import { until } from '../../../src/verify/http/waiting.js';
import { scratchFolder } from '../../command-line.js';
import { Passed } from '../../passed.js';
import { debian, requires } from '../../requirements.js';
import type { Part } from '../kubernetes/objects.js';
import { renderInto } from '../kubernetes/project.js';
import { Checkout } from './checkout.js';
import { Cluster } from './cluster.js';
import { Nodes } from './nodes.js';
import { gatewayDefinitions, kubernetes } from './tools.js';

const choices = {
  framework: 'fastify',
  database: 'postgresql',
  cache: 'redis',
  auth: 'jwt',
  deploy: 'kubernetes',
};
const namespace = 'shop';
const registry = 'registry.example.com/shop';
const longMs = 180_000;

const passed = new Passed(
  'control-plane',
  ['tests/proofs/control-plane', 'tests/proofs/kubernetes'],
  /^(?!deploy\/|README\.md$)/,
);
const folder = scratchFolder('control-plane');

describe('a cluster', () => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });
  const prepare = requires(debian('openssl', 'python3-venv'), kubernetes);
  let cluster: Cluster;
  let nodes: Nodes;
  let checkout: Checkout;
  /** In which no release has set an image. */
  let another: Checkout;

  prepare(async () => {
    cluster = await Cluster.start(path.join(folder, 'cluster'));
    nodes = await Nodes.start(cluster, {
      [namespace]: ['always', 'gateway', 'managed'],
      [`${namespace}-staging`]: ['always', 'gateway', 'inside'],
    });
    const definitions = await cluster.kubectl('create', '-f', await gatewayDefinitions());
    expect(definitions.exitCode, definitions.all).toBe(0);
    checkout = new Checkout(renderInto(folder, choices, defaultWorkload), cluster, nodes);
    checkout.shortenWaits();
    another = checkout.copy();
  });

  afterAll(async () => {
    await nodes?.close();
    await cluster?.close();
    fs.removeSync(folder);
  });

  const inNamespace = (group: string, name: string): Promise<Part> =>
    cluster.ask('GET', `/apis/${group}/namespaces/${namespace}/${name}`);
  const deployment = (name: string) => inNamespace('apps/v1', `deployments/${name}`);
  const imageOf = async (name: string) => (await deployment(name)).spec.template.spec.containers[0].image;
  const autoscaler = () => inNamespace('autoscaling/v2', 'horizontalpodautoscalers/api');
  const apiPods = async (): Promise<Part[]> => {
    const selector = encodeURIComponent('app.kubernetes.io/name=api,track=stable');
    const { items } = await cluster.ask(
      'GET',
      `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`,
    );
    return items.filter(({ metadata }: Part) => !metadata.deletionTimestamp);
  };
  const becomes = async (replicas: number) => {
    const came = await until(async () => {
      const { spec, status } = await deployment('api');
      return [spec.replicas, status.replicas, status.readyReplicas].every((number) => number === replicas);
    }, longMs);
    expect(came, JSON.stringify([(await deployment('api')).status, (await autoscaler()).status])).toBe(true);
  };
  /** Does something that may not leave fewer pods ready than the autoscaler wants. */
  const keepsServing = async (work: () => Promise<void>) => {
    const { minReplicas } = (await autoscaler()).spec;
    nodes.least.delete(namespace);
    await work();
    expect(nodes.least.get(namespace)).toBeGreaterThanOrEqual(minReplicas);
  };

  test.runIf(open)('takes the first release, which finds all that it needs', async () => {
    await checkout.follow(/create secret generic database --namespace shop /);
    await checkout.follow(/create secret docker-registry registry --namespace shop /);
    nodes.load.set(namespace, 0);
    await checkout.follow(/^deploy\/kubernetes\/release production /m);
    expect(await imageOf('api')).toBe(`${registry}:0.2.0`);
    await becomes((await autoscaler()).spec.minReplicas);
    expect(new Set((await apiPods()).map(({ spec }) => spec.nodeName)).size).toBe(3);
    expect([...nodes.refused.values()]).toEqual([]);
  });

  test.runIf(open)('refuses a pod with more rights than "restricted" has', async () => {
    const { exitCode, all } = await cluster.kubectl(
      'run',
      'curious',
      '--image=busybox',
      `--namespace=${namespace}`,
    );
    expect(exitCode, all).not.toBe(0);
    expect(all).toContain('violates PodSecurity "restricted');
  });

  test.runIf(open)('has nothing to change after a release', async () => {
    await another.follow(/^kubectl diff -k /m);
  });

  test.runIf(open)('rolls a release out and, as the README says, back', async () => {
    await keepsServing(async () => {
      const { exitCode, all } = await checkout.release('production', '0.3.0');
      expect(exitCode, all).toBe(0);
      expect(await imageOf('api')).toBe(`${registry}:0.3.0`);
      const { exitCode: undone } = await checkout.run(`kubectl rollout undo deployment/api --namespace shop`);
      expect(undone).toBe(0);
      await checkout.run('kubectl rollout status deployment/api --namespace shop');
      expect(await imageOf('api')).toBe(`${registry}:0.2.0`);
    });
  });

  test.runIf(open)(
    'runs a canary beside the version that serves, and ends it, as the README says',
    async () => {
      const route = async () =>
        (await inNamespace('gateway.networking.k8s.io/v1', 'httproutes/api')).spec.rules[0].backendRefs.map(
          ({ name, weight }: Part) => `${name} ${weight}`,
        );
      await becomes((await autoscaler()).spec.minReplicas);
      const before = (await apiPods()).map(({ metadata }) => metadata.uid).sort();
      await keepsServing(async () => {
        await another.follow(/^kubectl apply -k deploy\/kubernetes\/overlays\/canary$/m);
        expect(await imageOf('api-canary')).toBe(`${registry}:0.3.0`);
        expect(await route()).toEqual(['api 95', 'api-canary 5']);
        await another.follow(/^kubectl delete deployment,service .*--selector track=canary$/m);
        expect(await route()).toEqual(['api 1']);
        await expect(deployment('api-canary')).rejects.toThrow(' 404 ');
      });
      // The pods that served before are the same.
      expect((await apiPods()).map(({ metadata }) => metadata.uid).sort()).toEqual(before);
    },
  );

  test.runIf(open)('evicts one pod at a time', async () => {
    const evict = async ({ metadata: { name } }: Part) =>
      cluster
        .ask('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name, namespace },
        })
        .then(
          () => 'evicted',
          (error: Error) => error.message,
        );
    const allowed = async () => (await inNamespace('policy/v1', 'poddisruptionbudgets/api')).status;
    expect(await until(async () => (await allowed()).disruptionsAllowed === 1, longMs)).toBe(true);
    const pods = await apiPods();
    expect(await evict(pods[0])).toBe('evicted');
    expect(await evict(pods[1])).toMatch(/ 429 .*disruption budget/s);
    await becomes(pods.length);
    nodes.least.delete(namespace);
    const drain = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=120s'];
    const { exitCode, all } = await cluster.kubectl('drain', pods[1].spec.nodeName, ...drain);
    expect(exitCode, all).toBe(0);
    await becomes(pods.length);
    expect(nodes.least.get(namespace)).toBeGreaterThanOrEqual(pods.length - 1);
    await cluster.kubectl('uncordon', pods[1].spec.nodeName);
  });

  test.runIf(open)('scales with the load, and back', async () => {
    const { minReplicas, maxReplicas, metrics } = (await autoscaler()).spec;
    expect(maxReplicas).toBeGreaterThan(minReplicas);
    // As much as the most pods can do while none of them does more than it should.
    nodes.load.set(namespace, maxReplicas * 10 * metrics[0].resource.target.averageUtilization - 50);
    await becomes(maxReplicas);
    nodes.load.set(namespace, 0);
    await becomes(minReplicas);
  });

  test.runIf(open)('takes a release back whose pods do not become ready, with the pooler', async () => {
    const used = async () => {
      const { spec } = (await deployment('pooler')).spec.template;
      return [await imageOf('api'), JSON.stringify(spec)];
    };
    const before = await used();
    checkout.set('production', 'REQUEST_TIMEOUT_MS=4900');
    await keepsServing(async () => {
      const { exitCode, all } = await checkout.release('production', 'broken');
      expect(exitCode, all).toBe(1);
      expect(all).toContain('what ran before is back');
      await checkout.run('kubectl rollout status deployment/api deployment/pooler --namespace shop');
    });
    expect(await used()).toEqual(before);
    await becomes((await autoscaler()).spec.minReplicas);
  });

  test.runIf(open)('takes the first release of staging', async () => {
    await checkout.follow(/create secret generic database --namespace shop-staging /);
    const secret = ['--from-literal=CURSOR_SECRET=x', '--from-literal=REDIS_URL=redis://redis:6379'];
    await cluster.kubectl('create', 'secret', 'generic', 'api', '--namespace=shop-staging', ...secret);
    const { exitCode, all } = await checkout.release('staging', '0.2.0');
    expect(exitCode, all).toBe(0);
    expect([...nodes.refused.values()]).toEqual([]);
  });
});
