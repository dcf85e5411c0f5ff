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

const longest = 40;

/** Names that the generated API or its languages keep for themselves, with the reason a user reads. */
const taken: Record<string, string> = {
  auth: 'is the path of sign-in (/v1/auth)',
  me: 'is the path of the signed-in account (/v1/me)',
  job: 'is the path of background jobs (/v1/jobs)',
  export: 'is the path of exports (/exports)',
  problem: 'is the schema of error answers',
  page: 'is the schema of list metadata',
  migration: 'is the table of applied migrations',
  idempotencyKey: 'is the table of idempotency keys',
  authAccount: 'is the table of accounts',
  authSession: 'is the table of sessions',
};
const typeNames =
  'array boolean buffer bigint date error function infinity json map math number object promise proxy record reflect regexp set string symbol unknown any never void null undefined'.split(
    ' ',
  );

/** The words of a name in camel, snake, kebab or spaced form, in lower case. */
export function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** Why a resource or field cannot have this name, as a sentence that starts with what is possible; undefined if it can. */
export function spellingProblem(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_ -]*$/.test(name))
    return 'use ASCII letters and digits, starting with a letter (it becomes a path, a column and an identifier)';
  if (name.length > longest)
    return `use at most ${longest} characters (databases cut names off), not ${name.length}`;
  return undefined;
}

/** Why a resource cannot have this name; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  const spelling = spellingProblem(name);
  if (spelling) return spelling;
  const { singular } = namesOf(name);
  if (Object.hasOwn(taken, singular)) return `"${singular}" ${taken[singular]}; choose another name`;
  if (typeNames.includes(singular.toLowerCase()))
    return `"${singular}" is a built-in type of the language; choose a longer name such as "${singular}Entry"`;
  return undefined;
}

/** All spellings of a resource name given in any case, singular or plural. */
export function namesOf(name: string): Names {
  const known = spelled.get(name) ?? spell(name);
  spelled.set(name, known);
  return known;
}

/** Plurals go through some hundred regular expressions, and every step of a run asks for them. */
const spelled = new Map<string, Names>();

function spell(name: string): Names {
  const all = words(name);
  const last = all.pop()!;
  const one = [...all, pluralize.singular(last)];
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
