import { type KubernetesObject, type Labels, type Selector, selects } from './objects.js';

/** One end of a connection: pods by their labels, in the namespace of the API or in another, or an address. */
export interface End {
  namespace?: string;
  labels?: Labels;
  address?: string;
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol?: string; port: number }[];
}

/** @returns whether the policies of a namespace let `from` open a connection to `to` */
export function isAllowed(
  policies: readonly KubernetesObject[],
  from: End,
  to: End,
  port: number,
  protocol = 'TCP',
): boolean {
  const passes = (subject: End, other: End, direction: 'Ingress' | 'Egress') => {
    // Policies are about the pods of their own namespace.
    if (subject.namespace || subject.address) return true;
    const about = policies.filter(
      ({ spec }) => spec.policyTypes.includes(direction) && selects(spec.podSelector, subject.labels!),
    );
    const rules: Rule[] = about.flatMap(({ spec }) => spec[direction.toLowerCase()] ?? []);
    return about.length === 0 || rules.some((rule) => matches(rule, other, port, protocol));
  };
  return passes(from, to, 'Egress') && passes(to, from, 'Ingress');
}

function matches({ from, to, ports }: Rule, other: End, port: number, protocol: string): boolean {
  const peers = from ?? to;
  return (
    (!ports || ports.some((entry) => entry.port === port && (entry.protocol ?? 'TCP') === protocol)) &&
    (!peers || peers.some((peer) => isPeer(peer, other)))
  );
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, end: End): boolean {
  if (ipBlock) return end.address !== undefined && inBlock(end.address, ipBlock.cidr);
  if (end.address) return false;
  if (namespaceSelector) {
    if (!end.namespace || !selects(namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace }))
      return false;
  } else if (end.namespace) return false;
  return !podSelector || selects(podSelector, end.labels ?? {});
}

function inBlock(address: string, cidr: string): boolean {
  const [base, bits] = cidr.split('/') as [string, string];
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}
