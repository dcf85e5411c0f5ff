import { type End, isAllowed } from './network.js';
import type { KubernetesObject } from './objects.js';

const pod = (name: string): End => ({ labels: { 'app.kubernetes.io/name': name, track: 'stable' } });
const outside: Record<string, End> = {
  gateway: { namespace: 'gateway', labels: {} },
  monitoring: { namespace: 'monitoring', labels: {} },
  dns: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  'another namespace': { namespace: 'default', labels: { 'app.kubernetes.io/name': 'api' } },
  'the network of services': { address: '10.1.2.3' },
  internet: { address: '203.0.113.7' },
};
const pods = ['api', 'pooler', 'migrate', 'postgresql', 'redis'];
const ports = [53, 3000, 4318, 5432, 6379, 6432, 9464];

/** Written by hand: what may connect to what. All other pairs and ports may not. */
const wanted = {
  always: ['gateway > api 3000', 'api > pooler 6432', 'api > dns 53', 'pooler > dns 53', 'migrate > dns 53'],
  managed: [
    'pooler > the network of services 5432',
    'migrate > the network of services 5432',
    'api > the network of services 6379',
  ],
  inside: [
    'pooler > postgresql 5432',
    'migrate > postgresql 5432',
    'api > redis 6379',
    'postgresql > dns 53',
    'redis > dns 53',
  ],
  monitored: ['monitoring > api 9464', 'api > monitoring 4318'],
};

export type Rules = keyof typeof wanted;

/** @returns which connections the policies allow that they should not, and the other way round */
export function wrongConnections(objects: readonly KubernetesObject[], kinds: readonly Rules[]): string[] {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const there = pods.filter((name) => kinds.includes('inside') || !['postgresql', 'redis'].includes(name));
  const ends: Record<string, End> = {
    ...Object.fromEntries(there.map((name) => [name, pod(name)])),
    ...outside,
  };
  const allowed = Object.entries(ends).flatMap(([source, from]) =>
    Object.entries(ends).flatMap(([target, to]) =>
      ports
        .filter(() => there.includes(source) || there.includes(target))
        .filter((port) => isAllowed(policies, from, to, port))
        .map((port) => `${source} > ${target} ${port}`),
    ),
  );
  const expected = kinds.flatMap((kind) => wanted[kind]);
  return [
    ...expected.filter((each) => !allowed.includes(each)).map((each) => `not allowed: ${each}`),
    ...allowed.filter((each) => !expected.includes(each)).map((each) => `allowed: ${each}`),
    ...(isAllowed(policies, ends.api!, ends.dns!, 53, 'UDP') ? [] : ['not allowed: api > dns 53 by UDP']),
  ];
}
