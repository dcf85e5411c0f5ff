import type { Collection, Entry, Node, Scalar, Text } from '../../../src/documents/node.js';

const scalar = (text: string): Scalar => ({ $kind: 'scalar', text, style: 'auto' });
const label: Entry = { key: scalar('namespace'), value: scalar('default') };
/** Only the namespace stands between such quotes, which other strings of rules do not have. */
const named = ', "namespace", `default`, "", "")';

/**
 * `((slots.prometheusRules|withNamespace))`: the groups of rules, each limited to the series of one namespace and, where it
 * has labels, with that of the namespace. An overlay puts its own in the place of `default`.
 */
export function withNamespace(groups: Node): Node {
  if (!('entries' in groups)) return groups;
  const entries = groups.entries.map((entry) => {
    if (entry.key?.text === 'labels') {
      const labels = entry.value as Collection;
      return { ...entry, value: { ...labels, entries: [...labels.entries, label] } };
    }
    if (entry.key?.text === 'expr') return { ...entry, value: limited(entry.value as Scalar) };
    return { ...entry, value: withNamespace(entry.value) };
  });
  return { ...groups, entries };
}

/** A constant gets the namespace as its label; of series, those without it are left out. */
function limited(expression: Scalar): Scalar {
  const { text } = expression;
  const first = typeof text === 'string' ? text : text[0];
  if (typeof first === 'string' && first.startsWith('vector('))
    return { ...expression, text: joined('label_replace(', text, named) };
  const limit = `) and on (namespace) label_replace(vector(1)${named}`;
  if (expression.style === 'literal') return { ...expression, text: joined('(\n', text, `${limit}\n`) };
  return { ...expression, text: joined('(', text, limit) };
}

function joined(before: string, text: Text, after: string): Text {
  if (typeof text === 'string') return `${before}${text}${after}`;
  return [before, ...text, after];
}
