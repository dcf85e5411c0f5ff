import type { Layer, SlotKind } from '../catalog/layer.js';
import { type Fault, pathTo, type References, resolveReferences } from '../catalog/references.js';
import type { Collection, Node } from '../documents/node.js';

export type Slots = Record<string, unknown>;

/** The content of a part for its slot: text or data; undefined if the data is empty. */
export interface Contribution {
  layer: string;
  slot: string;
  content: string | Node | undefined;
}

/** A slot without contributions. Adding makes a new value. */
const document: Collection = { $kind: 'map', entries: [] };
const empty = { text: '', document, list: [], set: [], map: {}, min: Number.POSITIVE_INFINITY, value: null };

/**
 * Collects the contributions of layers. Every declared slot is filled, with an empty value if there are none.
 * @param passes render the text parts, given the slots that are whole by then
 * @throws Error naming the layers when a contribution has no taker, two declare one slot, or two disagree on a key,
 * or the file and the path of a reference to nothing
 */
export function collectSlots(
  layers: readonly Layer[],
  references: References,
  passes: ((slots: Slots) => Contribution[])[],
): Slots {
  const kinds = new Map<string, { kind: SlotKind; layer: string }>();
  for (const layer of layers) {
    for (const [slot, kind] of Object.entries(layer.data.slots ?? {})) {
      const other = kinds.get(slot);
      if (other) throw new Error(`two layers declare the slot "${slot}": ${other.layer} and ${layer.id}`);
      kinds.set(slot, { kind, layer: layer.id });
    }
  }
  const slots: Slots = {};
  for (const [slot, { kind }] of kinds) slots[slot] = empty[kind];

  const origin = new Map<string, string>();
  for (const layer of layers) {
    for (const [slot, value] of Object.entries(layer.data.contributes ?? {})) {
      const kind = kinds.get(slot)?.kind;
      if (!kind || kind === 'text' || kind === 'document')
        throw new Error(
          `${layer.id} contributes to "${slot}", which no chosen layer ${kind ? 'takes as data' : 'renders'}`,
        );
      const where = `${layer.id}: slot "${slot}"`;
      slots[slot] = merged(kind, slots[slot], resolved(value, references, layer.id, slot), where, (key) => {
        const place = `${slot}/${key}`;
        const other = origin.get(place);
        origin.set(place, layer.id);
        return other;
      });
    }
  }
  // A part may use what earlier passes gave, but not its own: that is not whole yet.
  for (const pass of passes) {
    const visible = pass === passes[0] ? withoutParts(slots, kinds) : { ...slots };
    for (const { layer, slot, content } of pass(visible)) {
      const kind = kinds.get(slot)?.kind;
      if (kind !== 'text' && kind !== 'document')
        throw new Error(`${layer} has a part "${slot}", which no chosen layer renders`);
      if (kind === 'text') slots[slot] += content as string;
      else if (content !== undefined)
        slots[slot] = joined(slots[slot] as Collection, content as Node, slot, layer);
    }
  }
  return slots;
}

function withoutParts(slots: Slots, kinds: ReadonlyMap<string, { kind: SlotKind }>): Slots {
  return Object.fromEntries(
    Object.entries(slots).filter(([slot]) => !['text', 'document'].includes(kinds.get(slot)!.kind)),
  );
}

function joined(old: Collection, added: Node, slot: string, layer: string): Collection {
  if (!('entries' in added)) throw new Error(`${layer}: part "${slot}" is neither a map nor a list`);
  if (old.entries.length > 0 && old.$kind !== added.$kind)
    throw new Error(`${layer}: part "${slot}" is a ${added.$kind}, those of other layers are a ${old.$kind}`);
  const keys = new Set(old.entries.map(({ key }) => key?.text));
  for (const { key } of added.entries)
    if (key && keys.has(key.text))
      throw new Error(`${layer}: part "${slot}": "${key.text}" is already given by another layer`);
  return { ...added, entries: [...old.entries, ...added.entries] };
}

function merged(
  kind: SlotKind,
  old: unknown,
  value: unknown,
  where: string,
  claim: (key: string) => string | undefined,
): unknown {
  if (kind === 'min') {
    if (typeof value !== 'number') throw new Error(`${where} takes a number`);
    return Math.min(old as number, value);
  }
  if (kind === 'value') {
    const other = claim('');
    if (other) throw new Error(`${where}: ${other} already gives it`);
    return value;
  }
  if (kind === 'map') {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error(`${where} takes an object`);
    for (const key of Object.keys(value)) {
      const other = claim(key);
      if (other) throw new Error(`${where}: "${key}" is already given by ${other}`);
    }
    const entries = Object.entries({ ...(old as object), ...value });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (!Array.isArray(value)) throw new Error(`${where} takes a list`);
  const all = [...(old as unknown[]), ...value];
  return kind === 'set' ? [...new Set(all as string[])].sort() : all;
}

/** Whether a contribution holds a reference: most do not, and are the same in every project. */
const refers = new WeakMap<object, boolean>();

function resolved(value: unknown, references: References, layer: string, slot: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const open = refers.get(value) ?? JSON.stringify(value).includes('{"$');
  refers.set(value, open);
  if (!open) return value;
  const faults: Fault[] = [];
  const whole = resolveReferences(value, references, pathTo('contributes', slot), faults);
  if (faults.length > 0)
    throw new Error(
      faults.map(({ path, message }) => `templates/${layer}/layer.json: ${path}: ${message}`).join('\n'),
    );
  return whole;
}
