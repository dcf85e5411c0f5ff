import pluralize from 'pluralize';

/** The spellings of one name that templates use. */
export interface Names {
  /** camelCase: orderItem */
  singular: string;
  /** camelCase: orderItems */
  plural: string;
  /** OrderItem */
  pascal: string;
  /** OrderItems */
  pascalPlural: string;
  /** order-item */
  kebab: string;
  /** order-items: the path of the API and the folder of the code */
  path: string;
  /** order_item */
  snake: string;
  /** order_items */
  table: string;
  /** order item */
  title: string;
  /** order items */
  titlePlural: string;
}

/** What layers keep for themselves: a name, or the first word of names, with the reason that a user reads. */
export interface Reserved {
  /** Singular names of resources, in camelCase. */
  resources?: Record<string, string>;
  /** First words of the names of resources that have more than one. */
  firstWords?: Record<string, string>;
  /** Names of fields, in camelCase. */
  fields?: Record<string, string>;
}

/** Characters of a column; a table is a plural, and so a little longer. */
const longest = 48;

/** The strictest database cuts longer names off, which could make two names equal. */
export const longestName = 63;

/** The words of a name in camel, snake, kebab or spaced form, in lower case. */
export function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** Why a resource or field cannot have this name, as a sentence that starts with the alternatives; undefined if it can. */
export function spellingProblem(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_ -]*$/.test(name))
    return 'use ASCII letters and digits, starting with a letter (it becomes a path, a column and an identifier)';
  const { length } = words(name).join('_');
  if (length > longest)
    return `use at most ${longest} characters, a "_" between words included (databases cut names off), not ${length}`;
  return undefined;
}

/** Why a resource cannot have this name; undefined if it can. */
export function nameProblem(name: string, reserved: Reserved): string | undefined {
  const spelling = spellingProblem(name);
  if (spelling) return spelling;
  const [first, ...others] = words(name);
  const byFirstWord = others.length > 0 ? keptProblem(first!, reserved.firstWords, '…') : undefined;
  return byFirstWord ?? keptProblem(namesOf(name).singular, reserved.resources);
}

/** Why a name cannot be had that may be among those kept; undefined if it is not. */
export function keptProblem(name: string, kept: Record<string, string> = {}, rest = ''): string | undefined {
  return Object.hasOwn(kept, name) ? `"${name}${rest}" ${kept[name]}; choose another name` : undefined;
}

/** All spellings of a resource name given in any case, singular or plural. */
export function namesOf(name: string): Names {
  const all = words(name);
  const last = all.pop()!;
  // The singular of "s" is nothing.
  const one = [...all, pluralize.singular(last) || last];
  const many = [...all, pluralize.plural(last)];
  return {
    singular: camel(one),
    plural: camel(many),
    pascal: pascal(one),
    pascalPlural: pascal(many),
    kebab: one.join('-'),
    path: many.join('-'),
    snake: one.join('_'),
    table: many.join('_'),
    title: one.join(' '),
    titlePlural: many.join(' '),
  };
}

export function camel(all: readonly string[]): string {
  const text = pascal(all);
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function pascal(all: readonly string[]): string {
  return all.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
