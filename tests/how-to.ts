/** A step of docs/how-to.md: a change of a file, or commands. */
export type Step =
  | { kind: 'run'; text: string }
  | { kind: 'write'; file: string; text: string }
  | { kind: 'append'; file: string; text: string }
  | { kind: 'after' | 'before'; file: string; anchor: string; scopes: string[]; text: string }
  | { kind: 'replace'; file: string; anchor: string; scopes: string[]; by: string }
  | { kind: 'remove'; file: string; anchor: string; scopes: string[] };

const instruction = /^(Run:|(Write|In|Append to) `)/;
const write = /^(Write|Append to) `([^`]+)`(?:[,.] .*)?:$/;
const insert = /^In `([^`]+)`, (after|before) `([^`]+)`(?: of (.+))?, add:$/;
const replace = /^In `([^`]+)`, replace `([^`]+)`(?: of (.+))? by `([^`]+)`\.$/;
const remove = /^In `([^`]+)`, remove `([^`]+)`(?: of (.+))?\.$/;

/** The steps of a page, in their order. @throws Error for a line that begins like a step and is none */
export function stepsOf(page: string): Step[] {
  const lines = page.split('\n');
  const steps: Step[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (!instruction.test(line)) {
      if (line.startsWith('```')) index = lines.indexOf('```', index + 1);
      continue;
    }
    const block = () => {
      const start = lines.findIndex((other, place) => place > index && other !== '');
      const end = lines.indexOf('```', start + 1);
      if (!lines[start]?.startsWith('```') || end < 0) throw new Error(`no code follows "${line}"`);
      index = end;
      return `${lines.slice(start + 1, end).join('\n')}\n`;
    };
    steps.push(stepOf(line, block));
  }
  return steps;
}

function stepOf(line: string, block: () => string): Step {
  if (line === 'Run:') return { kind: 'run', text: block() };
  const [, verb, written] = write.exec(line) ?? [];
  if (written)
    return {
      kind: verb === 'Write' ? ('write' as const) : ('append' as const),
      file: written,
      text: block(),
    };
  const [, into, where, anchor, scopes] = insert.exec(line) ?? [];
  if (into)
    return {
      kind: where as 'after' | 'before',
      file: into,
      anchor: anchor!,
      scopes: quoted(scopes),
      text: block(),
    };
  const replaced = replace.exec(line);
  if (replaced) {
    const [, file, old, below, by] = replaced;
    return { kind: 'replace', file: file!, anchor: old!, scopes: quoted(below), by: by! };
  }
  const removed = remove.exec(line);
  if (removed) return { kind: 'remove', file: removed[1]!, anchor: removed[2]!, scopes: quoted(removed[3]) };
  throw new Error(`this is no step: ${line}`);
}

function quoted(text = ''): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

/**
 * Changes a file as a step says.
 * @param text of the file, if it is there
 * @throws Error when there is no such file, or not one place that the step names
 */
export function changed(step: Exclude<Step, { kind: 'run' }>, text: string | undefined): string {
  if (step.kind === 'write') return step.text;
  if (text === undefined) throw new Error(`there is no ${step.file}`);
  if (step.kind === 'append') return text + step.text;
  const lines = text.split('\n');
  for (const scope of step.scopes.length > 0 ? step.scopes : [undefined]) {
    const from = scope === undefined ? 0 : placeOf(lines, scope, step.file);
    const place =
      scope === undefined
        ? placeOf(lines, step.anchor, step.file)
        : below(lines, step.anchor, from, step.file);
    if (step.kind === 'remove') lines.splice(place, 1);
    else if (step.kind === 'replace') lines[place] = lines[place]!.replaceAll(step.anchor, step.by);
    else lines.splice(step.kind === 'after' ? place + 1 : place, 0, step.text.slice(0, -1));
  }
  return lines.join('\n');
}

/** The only line that is the text, or else has it. */
function placeOf(lines: readonly string[], text: string, file: string): number {
  const places = (is: (line: string) => boolean) => lines.flatMap((line, place) => (is(line) ? [place] : []));
  const same = places((line) => line.trim() === text);
  const found = same.length > 0 ? same : places((line) => line.includes(text));
  if (found.length !== 1) throw new Error(`${file} has "${text}" ${found.length} times`);
  return found[0]!;
}

function below(lines: readonly string[], text: string, from: number, file: string): number {
  const place = lines.findIndex((line, index) => index > from && line.includes(text));
  if (place < 0) throw new Error(`${file} has no "${text}" below "${lines[from]}"`);
  return place;
}
