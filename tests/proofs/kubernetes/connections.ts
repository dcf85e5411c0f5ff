import { type End, isAllowed } from './network.js';
import { type KubernetesObject, workloadsOf } from './objects.js';

const pod = (name: string): End => ({ labels: { 'app.kubernetes.io/name': name, track: 'stable' } });
const outside: Record<string, End> = {
  gateway: { namespace: 'gateway', labels: {} },
  ingress: { namespace: 'ingress-nginx', labels: {} },
  monitoring: { namespace: 'monitoring', labels: {} },
  dns: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  'dns of the node': { address: '169.254.20.10' },
  'the load balancer of a cloud': { address: '35.191.1.2' },
  'another namespace': { namespace: 'default', labels: { 'app.kubernetes.io/name': 'api' } },
  'the network of services': { address: '10.1.2.3' },
  internet: { address: '203.0.113.7' },
};
const pods = [
  'api',
  'pooler',
  'migrate',
  'backup',
  'restore-drill',
  'postgresql',
  'redis',
  'worker',
  'queue',
];
const ports = [53, 3000, 4318, 5432, 6379, 6432, 9127, 9464];

const namesAsked = (...names: string[]) =>
  names.flatMap((name) => [`${name} > dns 53`, `${name} > dns of the node 53`]);

/** Written by hand: what may connect to what. All other pairs and ports may not. */
const wanted = {
  always: [
    'api > pooler 6432',
    'worker > pooler 6432',
    ...namesAsked('api', 'worker', 'pooler', 'migrate', 'backup', 'restore-drill'),
  ],
  gateway: ['gateway > api 3000'],
  ingress: ['ingress > api 3000'],
  balancer: ['the load balancer of a cloud > api 3000'],
  managed: [
    'pooler > the network of services 5432',
    'migrate > the network of services 5432',
    'backup > the network of services 5432',
    'api > the network of services 6379',
    'worker > the network of services 6379',
  ],
  inside: [
    'pooler > postgresql 5432',
    'migrate > postgresql 5432',
    'backup > postgresql 5432',
    'api > redis 6379',
    'api > queue 6379',
    'worker > queue 6379',
    ...namesAsked('postgresql', 'redis', 'queue'),
  ],
  monitored: [
    'monitoring > api 9464',
    'monitoring > worker 9464',
    'api > monitoring 4318',
    'worker > monitoring 4318',
    'monitoring > pooler 9127',
  ],
};

export type Rules = keyof typeof wanted;

/** @returns which connections the policies allow that they should not, and the other way round */
export function wrongConnections(objects: readonly KubernetesObject[], kinds: readonly Rules[]): string[] {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const made = workloadsOf(objects).map(({ labels }) => labels['app.kubernetes.io/name']);
  const there = pods.filter((name) => made.includes(name));
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
  const expected = kinds
    .flatMap((kind) => wanted[kind])
    .filter((each) => each.split(/ > | \d+$/).every((end) => !pods.includes(end) || there.includes(end)));
  return [
    ...expected.filter((each) => !allowed.includes(each)).map((each) => `not allowed: ${each}`),
    ...allowed.filter((each) => !expected.includes(each)).map((each) => `allowed: ${each}`),
    ...there
      .filter((name) => !isAllowed(policies, ends[name]!, ends.dns!, 53, 'UDP'))
      .map((name) => `not allowed: ${name} > dns 53 by UDP`),
  ];
}
