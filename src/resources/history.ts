/** A resource in answers and manifests: how it was made, and its changes since. */
export interface ResourceHistory {
  /** Singular, in camelCase. */
  name: string;
  /** Number of its first migration; the ids of its samples follow from it. Both never change. */
  number: number;
  /** The migration that its first one follows, where that is one of the owner. */
  after?: string;
  /** The spec as first made. */
  spec: string;
  changes: ResourceChange[];
}

/** A change of a resource, with all that its migrations are rendered from. */
export interface ResourceChange {
  /** The spec after it. */
  to: string;
  /** Number of its migrations. */
  migration: number;
  /** As that of a resource. */
  after?: string;
  /** New field names by old ones. */
  renamed?: Record<string, string>;
  /** Whether it finishes the changes before it: what old instances needed is dropped. */
  contracted?: true;
}

/** A resource as it is given: a spec, or its history. */
export type GivenResource = string | ResourceHistory;

const firstNumber = 101;

/** The spec of a resource as it is now. */
export function currentSpec(given: GivenResource): string {
  return typeof given === 'string' ? given : (given.changes.at(-1)?.to ?? given.spec);
}

/** The numbers of the migrations of a resource. */
export function numbersOf({ number, changes }: ResourceHistory): number[] {
  return [number, ...changes.map(({ migration }) => migration)];
}

/** The number after all that resources have: for one that is made without a look at the folder of migrations. */
export function numberAfter(resources: readonly GivenResource[]): number {
  const histories = resources.filter((given) => typeof given !== 'string');
  return Math.max(firstNumber - 1, ...histories.flatMap(numbersOf)) + 1;
}

/** The number as it stands in file names. */
export function padded(number: number): string {
  return String(number).padStart(4, '0');
}

/** Whether a value, of an answers file, is the history of a resource. */
export function isHistory(value: unknown): value is ResourceHistory {
  const { name, number, spec, after, changes } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    isNumber(number) &&
    isOptionalText(after) &&
    typeof spec === 'string' &&
    Array.isArray(changes) &&
    changes.every(isChange)
  );
}

function isChange(value: unknown): boolean {
  const { to, migration, after, renamed, contracted } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof to === 'string' &&
    isNumber(migration) &&
    isOptionalText(after) &&
    (renamed === undefined ||
      (typeof renamed === 'object' && Object.values(renamed!).every((name) => typeof name === 'string'))) &&
    (contracted === undefined || contracted === true)
  );
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A text goes into code of migrations: it is the name of one. */
function isOptionalText(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && /^\w{1,32}$/.test(value));
}
