import type { Collection, Node, Scalar } from '../../../src/documents/node.js';

const scalar = (text: string): Scalar => ({ $kind: 'scalar', text, style: 'auto' });
const label = { key: scalar('namespace'), value: scalar('default') };

/** `((slots.prometheusRules|withNamespace))`: the groups of rules with a label on each alert, in which an overlay puts its namespace. */
export function withNamespace(groups: Node): Node {
  if (!('entries' in groups)) return groups;
  const alert = groups.entries.some(({ key }) => key?.text === 'alert');
  const entries = groups.entries.map((entry) => {
    if (alert && entry.key?.text === 'labels') {
      const labels = entry.value as Collection;
      return { ...entry, value: { ...labels, entries: [...labels.entries, label] } };
    }
    return { ...entry, value: withNamespace(entry.value) };
  });
  return { ...groups, entries };
}
