import Handlebars from 'handlebars';
import { lineAt } from './check-layers.js';

/** An expression of a template, and the line that it stands in. */
export interface TemplateQuestion {
  text: string;
  line: number;
}

/**
 * The expressions of a template that look at a choice: a condition may ask a field of the item in hand, by the name of a
 * loop's variable or as a bare name inside of `each`, or of `with` for a slot of one value; a place in a list takes for granted
 * that somebody was chosen.
 * @param values the slots of one value, such as `slots.deployment`. A block that gives one a name is to it what `each` is to a list
 */
export function questionsIn(file: string, text: string, values: ReadonlySet<string>): TemplateQuestion[] {
  const at = (match: RegExpExecArray, name = match[0]) => ({ text: name, line: lineAt(text, match.index) });
  const places = [...text.matchAll(/\bslots\.\w+\.\[?\d+|\bchoices\b/g)].map((match) => at(match));
  if (file.endsWith('.hbs')) return [...places, ...askedIn(Handlebars.parse(text), [], values)];
  const variables = new Set(
    [...text.matchAll(/\$(?:each|with) (\w+)(?:, (\w+))? of/g)].flatMap(([, first, second]) => [
      first,
      second ?? first,
    ]),
  );
  // It is rendered for each resource.
  if (/(^|\/)resource\//.test(file)) variables.add('resource');
  const conditions = [...text.matchAll(/\$if (\S+?)(?=:)|\$each .*? of \S+ if (\S+?)(?=:)/g)]
    .map((match) => at(match, (match[1] ?? match[2])!))
    .filter((condition) => !variables.has(condition.text.split('.')[0]));
  const named = [...text.matchAll(/\$with \w+ of (\S+?)(?=:)/g)]
    .map((match) => at(match, match[1]))
    .filter((value) => !values.has(value.text));
  return [...places, ...named, ...conditions];
}

/** Whether a helper is asked what the resources need, such as `(uses resources "json")`. */
function isOfResources(subject: hbs.AST.Expression): boolean {
  if (subject.type !== 'SubExpression') return false;
  const [first] = (subject as hbs.AST.SubExpression).params as hbs.AST.PathExpression[];
  return first?.original === 'resources';
}

/** @param items for each block around it that goes over items, the names that it gives them */
function askedIn(
  node: hbs.AST.Program | null | undefined,
  items: string[][],
  values: ReadonlySet<string>,
): TemplateQuestion[] {
  return (node?.body ?? []).flatMap((statement) => {
    if (statement.type !== 'BlockStatement') return [];
    const { path: called, params, program, inverse, loc } = statement as hbs.AST.BlockStatement;
    const name = (called as hbs.AST.PathExpression).original;
    const subject = params[0] as hbs.AST.PathExpression | undefined;
    // Every project has a resource.
    const given = subject?.original === 'resources.0' || values.has(subject?.original ?? '');
    const goes = name === 'each' || (name === 'with' && given);
    const inner = goes ? [...items, program?.blockParams ?? []] : items;
    const own = (path: hbs.AST.PathExpression) =>
      path.type === 'PathExpression' &&
      (path.data
        ? /^@(first|last|index|key)$/.test(path.original)
        : // A template of a resource, or of a migration, is rendered for each.
          ['resource', 'migration'].includes(path.parts[0]!) ||
          items.some((names) => names.includes(path.parts[0]!)) ||
          (items.length > 0 && path.depth === 0 && path.parts[0] !== 'slots'));
    // They look at their text alone.
    if (['contents', 'fit', 'wrapped'].includes(name)) return askedIn(program, items, values);
    const asks = goes ? inverse !== undefined : !subject || !(own(subject) || isOfResources(subject));
    const text = `{{#${name}${subject ? ` ${subject.original}` : ''}}}`;
    return [
      ...(asks ? [{ text, line: loc.start.line }] : []),
      ...askedIn(program, inner, values),
      ...askedIn(inverse, items, values),
    ];
  });
}
