import { type Problem, UserError } from '../cli/errors.js';
import { nearest } from '../cli/nearest.js';
import { constraintClashes } from './clashes.js';
import type { Field } from './field.js';
import { resourceMarks } from './grammar.js';
import {
  currentSpec,
  numberAfter,
  numbersOf,
  padded,
  type ResourceChange,
  type ResourceHistory,
} from './history.js';
import { camel, namesOf, type Reserved, words as wordsOf } from './names.js';
import {
  columnsIn,
  columnsOf,
  fieldsIn,
  markChanged,
  markOf,
  parseResources,
  type Resource,
  split,
} from './resource.js';
import { type Column, isPending } from './table.js';
import { defaultText, largestInteger } from './values.js';

/** Where new migrations go. */
export interface MigrationPlace {
  /** The number after the highest in the folder of migrations. */
  number: number;
  /** The last migration, where each names the one before. */
  after?: string;
}

export interface Evolution {
  resources: ResourceHistory[];
  /** What a user has to know: what can fail, and what is left to do. */
  notes: string[];
}

const program = 'create-scalable-api resource';
/** A resource named with its mark: `order(owned)`. */
const markedName = new RegExp(`^([^:(]+)\\((?:${Object.keys(resourceMarks).join('|')})\\)`);

/**
 * Adds a resource, or changes one.
 * @param words a spec such as `order: total:decimal`; or a resource and its changes: `+field:type` adds a field, `-field` drops
 * one, `old=new` renames one, `field:type` changes its type, its marks or its default
 * @param contract finishes earlier changes, of the resource named or of all: what only old instances needed is dropped
 * @throws UserError with everything that is wrong, or that would lose data or fail on rows that exist
 */
export function evolveResources(
  given: readonly ResourceHistory[],
  words: readonly string[],
  { reserved, contract, place }: { reserved: Reserved; contract: boolean; place: MigrationPlace },
): Evolution {
  const number = Math.max(place.number, numberAfter(given));
  const isOfResource = given.flatMap(numbersOf).some((known) => padded(known) === place.after);
  const next = place.after === undefined || isOfResource ? { number } : { number, after: place.after };
  const [first = '', ...others] = words.length === 1 ? wordsIn(words[0]!) : words;
  if (contract) return contracted(given, [first, ...others].filter(Boolean), next);
  const [, marked] = markedName.exec(first) ?? [];
  const existing = marked && given.find(({ name }) => name === namesOf(marked).singular);
  const mark = markOf(`${first.split(':')[0]}:-`);
  if (existing && mark && markOf(existing.spec) !== mark)
    throw new UserError([markChanged(existing.name, mark)]);
  if (words.length === 1 && /^\s*[^:+=\s-][^:+=]*:\s/.test(words[0]!))
    return added(given, words[0]!, reserved, next);
  const resource = resourceNamed(given, marked ?? first);
  if (others.length === 0)
    throw refused(
      `resource ${first}`,
      'is there already; say what changes',
      `${program} ${first} +note:text?`,
    );
  return changed(given, resource, others, reserved, next);
}

function added(
  given: readonly ResourceHistory[],
  spec: string,
  reserved: Reserved,
  place: MigrationPlace,
): Evolution {
  const resources = withCommand(`${program} "order: total:decimal, note:text?"`, () =>
    parseResources([...given, spec], reserved),
  );
  const { history } = resources.find((resource) => !given.includes(resource.history))!;
  return { resources: [...given, { ...history, ...placed(place, 'number') }], notes: [] };
}

function changed(
  given: readonly ResourceHistory[],
  resource: ResourceHistory,
  words: readonly string[],
  reserved: Reserved,
  place: MigrationPlace,
): Evolution {
  const { name } = resource;
  const fields = fieldsIn(currentSpec(resource));
  const edits = new Edits(name, fields, columnsOf(resource));
  for (const word of words) edits.read(word);
  if (edits.problems.length > 0) throw new UserError(edits.problems);
  const renamed = Object.keys(edits.renamed).length > 0 ? { renamed: edits.renamed } : {};
  const change = (to: string): ResourceChange => ({ to, ...placed(place, 'migration'), ...renamed });
  const whole = (to: string) =>
    given.map((entry) =>
      entry === resource ? { ...entry, changes: [...entry.changes, change(to)] } : entry,
    );
  const command = `${program} ${name} +note:text?`;
  if (edits.specs.length === 0) throw refused(`resource ${name}`, 'would have no field', command);
  const asGiven = `${currentSpec(resource).split(':')[0]}: ${edits.specs.join(', ')}`;
  const parsed = withCommand(command, () => parseResources(whole(asGiven), reserved));
  const { spec } = parsed.find(({ singular }) => singular === name)!;
  if (spec === currentSpec(resource)) throw refused(`resource ${name}`, 'is like that already', command);
  const after = fieldsIn(spec);
  const tables = (all: readonly Resource[]) =>
    all.map((each) => ({ ...each, columns: columnsOf(each.history) }));
  const clashes = constraintClashes(tables(parseResources(given, reserved)), tables(parsed));
  const problems = after.flatMap((field) => {
    const old = fields.find((each) => each.name === (edits.sourceOf(field.name) ?? field.name));
    return old ? widening(name, old, field) : requiring(name, field);
  });
  problems.push(...clashes.map((clash) => ({ ...clash, command })));
  if (problems.length > 0) throw new UserError(problems);
  const resources = whole(spec);
  return { resources, notes: notesOf(fields, after, resources.find((entry) => entry.name === name)!) };
}

function contracted(
  given: readonly ResourceHistory[],
  words: readonly string[],
  place: MigrationPlace,
): Evolution {
  const chosen = words.slice(0, 1).map((word) => resourceNamed(given, word));
  const name = chosen[0]?.name;
  if (words.length > 1)
    throw refused(
      `${words.slice(1).join(' ')} with --contract`,
      'make the change first, and finish it later',
      `${program} ${name} --contract`,
    );
  const pending = (name === undefined ? given : chosen).filter(isUnfinished);
  if (pending.length === 0)
    throw refused(
      '--contract',
      `${name === undefined ? 'no resource' : `resource ${name}`} has a change that is not finished`,
      `${program} product -note`,
    );
  let { number } = place;
  let { after } = place;
  const resources = given.map((entry) => {
    if (!pending.includes(entry)) return entry;
    const change = {
      to: currentSpec(entry),
      ...placed({ number: number++, ...(after ? { after } : {}) }, 'migration'),
      contracted: true as const,
    };
    after = undefined;
    return { ...entry, changes: [...entry.changes, change] };
  });
  return {
    resources,
    notes: ['Apply it when no instance with the code before runs any more: what only it needed is dropped.'],
  };
}

/** Whether something of earlier changes is put off until `--contract`. */
export function isUnfinished(resource: ResourceHistory): boolean {
  const columns = columnsIn(currentSpec(resource));
  return columnsOf(resource).some((column) => isPending(column, columns));
}

/**
 * Finds where the next migration goes, by the files of a project: path and text.
 * @param join the command that joins migrations of two branches, where each names the one before
 * @throws UserError when two migrations come last
 */
export function migrationPlace(
  files: Iterable<readonly [path: string, text: string]>,
  join = '',
): MigrationPlace {
  const inFolder = [...files].filter(([path]) => /(^|\/)migrations\//.test(path));
  // A name that begins with a date has no number.
  const numbers = inFolder.flatMap(([path]) => /\/(?!\d{4}_\d\d_\d\d_)(\d+)_[^/]*$/.exec(path)?.[1] ?? []);
  const revisions = inFolder.flatMap(([, text]) => revisionIn(text) ?? []);
  const followed = new Set(revisions.flatMap(({ before }) => before));
  const [head, ...others] = revisions.map(({ id }) => id).filter((id) => !followed.has(id));
  if (others.length > 0)
    throw refused(
      `migrations ${[head, ...others].join(', ')}`,
      'are all last, as after a merge of two branches; join them first, and commit the new migration',
      join,
    );
  const number = Math.max(0, ...numbers.map(Number)) + 1;
  return { number, ...(head === undefined ? {} : { after: head }) };
}

/** A migration of Alembic, and those that it follows; undefined for one in SQL. */
export function revisionIn(text: string): { id: string; before: string[] } | undefined {
  const id = /^revision\b[^=\n]*= *["'](\w+)["']/m.exec(text)?.[1];
  if (id === undefined) return undefined;
  return { id, before: /^down_revision\b[^=\n]*=\s*(\([^)]*\)|.*)$/m.exec(text)?.[1]?.match(/\w+/g) ?? [] };
}

function placed<Key extends string>({ number, after }: MigrationPlace, key: Key) {
  return { [key]: number, ...(after === undefined ? {} : { after }) } as Record<Key, number> & {
    after?: string;
  };
}

/** The changes of the fields of a resource, in the order in which they are given. */
class Edits {
  readonly problems: Problem[] = [];
  /** Of the fields after them. */
  specs: string[];
  readonly renamed: Record<string, string> = {};
  readonly #touched = new Set<string>();

  constructor(
    readonly resource: string,
    readonly fields: readonly Field[],
    readonly columns: readonly Column[],
  ) {
    this.specs = fields.map(({ spec }) => spec);
  }

  sourceOf(name: string): string | undefined {
    return Object.entries(this.renamed).find(([, to]) => to === name)?.[0];
  }

  read(word: string): void {
    const [, from, to] = /^([\w-]+)=([\w-]+)$/.exec(word) ?? [];
    if (from && to) this.#rename(word, from, to);
    else if (word.startsWith('+')) this.#add(word);
    else if (word.startsWith('-')) this.#drop(word);
    else if (word.includes(':')) this.#change(word);
    else
      this.#refuse(
        word,
        'write +field:type to add, -field to drop, old=new to rename, field:type to change',
        '+note:text?',
      );
  }

  #add(word: string): void {
    const spec = word.slice(1);
    const name = nameIn(spec);
    if (this.fields.some((field) => field.name === name))
      this.#refuse(word, `there is a field "${name}"; without + it is changed`, word.slice(1));
    else if (this.#isFree(word, name)) this.specs.push(spec);
  }

  #drop(word: string): void {
    const field = this.#known(word, word.slice(1), (name) => `-${name}`);
    if (!field) return;
    this.specs = this.specs.filter((spec) => nameIn(spec) !== field.name);
  }

  #rename(word: string, from: string, to: string): void {
    const field = this.#known(word, from, (name) => `${name}=${to}`);
    const name = camel(wordsOf(to));
    if (!field) return;
    if (this.fields.some((other) => other.name === name))
      this.#refuse(word, `there is a field "${name}"`, `${from}=other`);
    else if (this.#isFree(word, name)) {
      this.renamed[field.name] = name;
      this.specs = this.specs.map((spec) =>
        nameIn(spec) === field.name ? spec.replace(/^[^:]+/, name) : spec,
      );
    }
  }

  #change(word: string): void {
    const name = nameIn(word);
    const rest = word.slice(word.indexOf(':'));
    const field = this.#known(word, word.slice(0, word.indexOf(':')), (near) => `${near}${rest}`);
    if (field) this.specs = this.specs.map((spec) => (nameIn(spec) === name ? word : spec));
  }

  /** @returns the field of that name, unless it cannot be changed now */
  #known(word: string, given: string, instead: (name: string) => string): Field | undefined {
    const name = camel(wordsOf(given));
    const field = this.fields.find((each) => each.name === name);
    if (!field) {
      const names = this.fields.map((each) => each.name);
      const near = nearest(name, names);
      return this.#refuse(
        word,
        `there is no field "${given}"; fields are ${names.join(', ')}${near ? ` (did you mean ${near}?)` : ''}`,
        instead(near ?? names[0]!),
      );
    }
    const column = this.columns.find((each) => each.name === name && !each.retired)!;
    if (isPending(column, this.fields))
      return this.#refuse(
        word,
        `an earlier change of "${name}" is not finished; finish it first`,
        '--contract',
      );
    if (this.#touched.has(name))
      return this.#refuse(word, `"${name}" is changed twice; make one change at a time`, instead(name));
    this.#touched.add(name);
    return field;
  }

  #isFree(word: string, name: string): boolean {
    if (this.columns.some((column) => column.retired && column.name === name)) {
      this.#refuse(
        word,
        `the column of the field "${name}" that was there before is not dropped yet; finish that first`,
        '--contract',
      );
      return false;
    }
    return true;
  }

  #refuse(word: string, possible: string, instead: string): undefined {
    this.problems.push({ given: word, possible, command: `${program} ${this.resource} ${quoted(instead)}` });
  }
}

/** Why rows that exist could not have a new field. */
function requiring(resource: string, field: Field): Problem[] {
  if (field.nullable || field.hasDefault) return [];
  const optional = `+${field.spec.replace(/(?=[!+]*$)/, '?')}`;
  const cannot = field.unique || ['ref', 'uuid', 'money'].includes(field.item ? '' : field.type);
  const { minLength, minItems } = field.schema;
  const value = minItems === 0 ? [] : minLength === 0 ? '' : field.examples[0];
  const withDefault = `+${field.spec}=${defaultText(value)}`;
  return [
    {
      given: `+${field.spec}`,
      possible: `rows that exist have no value for it; make it optional${cannot ? '' : ', or give it a default'}: ${optional}${cannot ? '' : ` or ${withDefault}`}`,
      command: `${program} ${resource} ${quoted(cannot ? optional : withDefault)}`,
    },
  ];
}

/** Why a field cannot be changed in place. */
function widening(resource: string, old: Field, field: Field): Problem[] {
  const refuse = (
    possible: string,
    instead = `+other:${field.spec.slice(field.spec.indexOf(':') + 1).replace(/(?=[!+]*(=.*)?$)/, '?')}`,
  ): Problem[] => [{ given: field.spec, possible, command: `${program} ${resource} ${quoted(instead)}` }];
  const newField = 'add a new field, move the values, and drop this one';
  if (old.nullable && !field.nullable)
    return refuse(
      `rows may have no "${field.name}", and instances with the code before go on writing none; ${newField}`,
    );
  if (!isWider(old, field)) return refuse(`not every value of ${old.spec} is one of it; ${newField}`);
  return [];
}

/** Whether every value of a field is one of another. */
function isWider(old: Field, field: Field): boolean {
  if (old.item && field.item)
    return (
      isWiderSchema(bare(old), bare(field)) && isWiderType(old, field, old.item.schema, field.item.schema)
    );
  return !old.item && !field.item && isWiderType(old, field, bare(old), bare(field));
}

const texts = ['string', 'text'];

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema
type Schema = Record<string, any>;

function isWiderType(old: Field, field: Field, from: Schema, to: Schema): boolean {
  const isText = texts.includes(old.type) && texts.includes(field.type);
  if (old.type !== field.type && !isText) return false;
  if (old.type === 'ref') return namesOf(old.target).singular === namesOf(field.target).singular;
  if (old.type === 'decimal')
    return digits(from).every((count, index) => count <= digits(to)[index]!) && isWithin(from, to);
  return isWiderSchema(from, to);
}

function isWiderSchema(from: Schema, to: Schema): boolean {
  const least = (key: string) => (to[key] ?? 0) <= (from[key] ?? 0);
  const most = (key: string) => (to[key] ?? largestInteger) >= (from[key] ?? largestInteger);
  return (
    least('minLength') &&
    most('maxLength') &&
    (to.minimum ?? -largestInteger - 1) <= (from.minimum ?? -largestInteger - 1) &&
    most('maximum') &&
    least('minItems') &&
    most('maxItems') &&
    (from.uniqueItems || !to.uniqueItems) &&
    (!from.enum || from.enum.every((value: unknown) => to.enum?.includes(value)))
  );
}

/** Digits before and behind the point, and whether there is a sign. */
function digits({ pattern }: Schema): number[] {
  const whole = /\{0,(\d+)\}/.exec(pattern.split('\\.')[0]);
  const behind = /\{1,(\d+)\}/.exec(pattern);
  return [whole ? Number(whole[1]) + 1 : 0, Number(behind?.[1] ?? 0), pattern.startsWith('^-?') ? 1 : 0];
}

function isWithin(from: Schema, to: Schema): boolean {
  const atLeast = (schema: Schema) =>
    Number(schema['x-minimum'] ?? (schema.pattern.startsWith('^-?') ? Number.NEGATIVE_INFINITY : 0));
  const atMost = (schema: Schema) => Number(schema['x-maximum'] ?? Number.POSITIVE_INFINITY);
  return atLeast(to) <= atLeast(from) && atMost(to) >= atMost(from);
}

function bare({ filterSchema }: Field): Schema {
  return filterSchema;
}

function notesOf(before: readonly Field[], after: readonly Field[], resource: ResourceHistory): string[] {
  const isNewlyUnique = ({ name, unique }: Field) =>
    unique && before.some((old) => old.name === name && !old.unique);
  const unique = after.filter(isNewlyUnique).map(({ name }) => name);
  return [
    ...unique.map((name) => `The migration fails, and changes nothing, when two rows have the same ${name}.`),
    ...(isUnfinished(resource)
      ? [`When no instance with the code before runs any more: ${program} ${resource.name} --contract`]
      : []),
  ];
}

function resourceNamed(given: readonly ResourceHistory[], word: string): ResourceHistory {
  const names = given.map(({ name }) => name);
  if (word.startsWith('-'))
    throw refused(
      `resource ${word}`,
      'a resource is not removed: its rows would be lost, and its clients broken. Delete its folders by hand, and drop its table in a migration of your own',
      `${program} ${names[0]} -note`,
    );
  const singular = wordsOf(word).length > 0 ? namesOf(word).singular : '';
  const found = given.find(({ name }) => name === singular);
  if (found) return found;
  const near = nearest(singular, names);
  throw refused(
    word === '' ? 'no resource' : `resource "${word}"`,
    `possible: ${names.join(', ')}${near ? ` (did you mean ${near}?)` : ''}; a new one has fields`,
    near ? `${program} ${near} +note:text?` : `${program} "${singular || 'order'}: total:decimal"`,
  );
}

function nameIn(spec: string): string {
  return camel(wordsOf(spec.slice(0, spec.indexOf(':'))));
}

/** Splits at blanks that are in no parentheses or quotes. */
function wordsIn(text: string): string[] {
  return split(text, /\s/);
}

function withCommand<Result>(command: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.problems.map((problem) => ({ ...problem, command })));
  }
}

function refused(given: string, possible: string, command: string): UserError {
  return new UserError([{ given, possible, command }]);
}

function quoted(word: string): string {
  if (/^[\w:+=.,-]+$/.test(word)) return word;
  return /[!$`\\"]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}
