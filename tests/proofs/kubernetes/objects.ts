/** A part of an object, which has been held against its type before. */
// biome-ignore lint/suspicious/noExplicitAny: the types are those of Go
export type Part = any;

/** What the checks read of an object of Kubernetes. */
export interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  spec?: Part;
  data?: Record<string, string>;
  imagePullSecrets?: { name: string }[];
}

export type Labels = Record<string, string>;

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** The pods that an object makes. */
export interface Workload {
  owner: KubernetesObject;
  labels: Labels;
  pod: Part;
}

const makers = ['Deployment', 'StatefulSet', 'Job', 'CronJob'];

export function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  return objects
    .filter(({ kind }) => makers.includes(kind))
    .map((owner) => {
      const { metadata, spec: pod } = (owner.spec.jobTemplate?.spec ?? owner.spec).template;
      return { owner, labels: metadata.labels, pod };
    });
}

/** @returns whether it selects something that has these labels; a selector without conditions selects all */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`operator ${operator} is not known here`);
      return values.includes(labels[key]!);
    })
  );
}

export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;
