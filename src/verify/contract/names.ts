import fs from 'node:fs';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { UserError } from '../../cli/errors.js';
import type { Meaning } from '../http/style.js';
import type { Naming } from './contract.js';
import { meanings } from './conventions.js';

/** What the owner of an API says of it, beside its document. */
export const verifyFile = 'verify.yaml';

const example = `names: { limit: max_results }, values: { "POST /pets": { status: available } } in ${verifyFile}`;

/**
 * The members `names`, `values` and `tables` of a verify.yaml; its other members are for those who start a project.
 * @param file YAML; nothing is said without one
 * @throws UserError that names the line
 */
export function readNaming(file: string): Naming {
  if (!fs.existsSync(file)) return { names: {}, values: {}, tables: {} };
  const lines = new LineCounter();
  const document = parseDocument(fs.readFileSync(file, 'utf8'), { lineCounter: lines });
  const refuse = (offset: number, possible: string) =>
    new UserError([{ given: `${file}:${lines.linePos(offset).line}`, possible, command: example }]);
  const [broken] = document.errors;
  if (broken) throw refuse(broken.pos[0], broken.message);
  const mapAt = (name: keyof Naming) => {
    const node = document.get(name, true);
    if (node === undefined) return [];
    if (!isMap(node)) throw refuse((node as { range?: [number] }).range?.[0] ?? 0, `\`${name}\` is no map`);
    return node.items.map(({ key, value }) => ({
      name: String(key),
      value: (value as { toJSON?(): unknown } | null)?.toJSON?.(),
      offset: (key as { range?: [number] }).range?.[0] ?? 0,
    }));
  };
  for (const { name, value, offset } of mapAt('names'))
    if (!meanings.includes(name as Meaning) || typeof value !== 'string' || value === '')
      throw refuse(
        offset,
        `"${name}" is none of ${meanings.join(', ')}, each with the name that the API has`,
      );
  for (const { name, value, offset } of mapAt('values'))
    if (/^[A-Z]+ \//.test(name) && (typeof value !== 'object' || value === null || Array.isArray(value)))
      throw refuse(offset, `"${name}" takes members of its body and their values`);
  for (const { name, value, offset } of mapAt('tables'))
    if (!name.startsWith('/') || typeof value !== 'string' || !/^[^.]+(\.[^.]+)?$/.test(value))
      throw refuse(
        offset,
        `"${name}" is a path of a collection with the name of its table: /notes: note_entries`,
      );
  const given = (name: keyof Naming) =>
    Object.fromEntries(mapAt(name).map((entry) => [entry.name, entry.value]));
  return {
    names: given('names') as Naming['names'],
    values: given('values'),
    tables: given('tables') as Naming['tables'],
  };
}
