import type { Loop, Path, Reference, Text } from './node.js';

/** In parentheses, as braces belong to workflows and Compose files, and YAML reads `{{` as a map. */
const references = /\(\(([a-z][\w.@/-]*(?:\[[\w.]+\])?\??(?:\|\w+)?)\)\)/gi;
const loop = /^\$each (\w+)(?:, (\w+))? of (\S+)(?: if (\S+))?$/;

/** @returns the text as it is when there is no reference in it */
export function readText(text: string): Text {
  const parts: (string | Reference)[] = [];
  let end = 0;
  for (const found of text.matchAll(references)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push(readReference(found[1]!));
    end = found.index + found[0].length;
  }
  if (parts.length === 0) return text;
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/**
 * @returns the loop that a key or an item opens, or undefined where it opens none
 * @throws Error when it begins like a loop and is none
 */
export function readLoop(key: string): Loop | undefined {
  const [, asked] = /^\$if (\S+)$/.exec(key) ?? [];
  if (asked) return { names: [], condition: readPath(asked) };
  const [, name, value] = /^\$with (\w+) of (\S+)$/.exec(key) ?? [];
  if (name && value) return { names: [name], of: readReference(value), once: true };
  if (!/^\$(each|if|with)\b/.test(key)) return undefined;
  const [, first, second, of, condition] = loop.exec(key) ?? [];
  if (!first || !of)
    throw new Error(
      `"${key}" is no loop: $each item of path, $each key, value of path, … if path, $if path, $with name of path`,
    );
  return {
    names: second ? [first, second] : [first],
    of: readReference(of),
    ...(condition ? { condition: readPath(condition) } : {}),
  };
}

function readReference(source: string): Reference {
  const [path, helper] = source.split('|') as [string, string | undefined];
  const optional = path.endsWith('?');
  return {
    path: readPath(optional ? path.slice(0, -1) : path),
    ...(optional ? { optional } : {}),
    ...(helper === undefined ? {} : { helper }),
  };
}

function readPath(source: string): Path {
  const [, before, inside] = /^(.*?)(?:\[(.*)\])?$/.exec(source)!;
  const names = before!.split('.');
  return inside === undefined ? names : [...names, readPath(inside)];
}

/** The path as it is written. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, name) =>
      typeof name === 'string' ? `${text && `${text}.`}${name}` : `${text}[${pathText(name)}]`,
    '',
  );
}

/** What references of a document find: names with their values; under `helpers`, functions of one value. */
export type Scope = Readonly<Record<string, unknown>>;

/** @throws Error naming the path when nothing is there, unless the reference is optional */
export function resolve({ path, optional, helper }: Reference, scope: Scope): unknown {
  let value: unknown = scope;
  for (const step of path) {
    const name = typeof step === 'string' ? step : String(resolve({ path: step }, scope));
    value = typeof value === 'object' && value !== null ? (value as Scope)[name] : undefined;
  }
  if (value === undefined && !optional) throw new Error(`"${pathText(path)}" not defined`);
  if (helper === undefined) return value;
  const apply = (scope.helpers as Scope)[helper];
  if (typeof apply !== 'function') throw new Error(`there is no helper "${helper}"`);
  return apply(value);
}
