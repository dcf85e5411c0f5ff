import type { SgNode } from '@ast-grep/napi';
import type { Change, Operator } from '../change.js';
import {
  exchanged,
  isMessage,
  isWithin,
  nextOf,
  nodes,
  parts,
  replaced,
  swapped,
  thousandfold,
  withoutAnchors,
  withoutEntry,
} from '../tree.js';
import { isSql, masked, sqlOperators } from './sql.js';

const names = ['identifier', 'attribute', 'subscript'];
/** Arguments that people read. */
const prose = ['detail', 'about', 'message', 'title', 'help', 'description', 'summary'];
const otherFunctions: Record<string, string> = {
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  any: 'all',
  all: 'any',
};

/** Operators for Python. */
export const pythonOperators: Operator<SgNode>[] = [
  {
    name: 'drop-await',
    changes: (root) => statements(root, 'await').map((node) => replaced(node, parts(node)[0]!.text())),
  },
  {
    name: 'drop-statement',
    changes: (root) => [
      ...statements(root, 'await', 'call', 'augmented_assignment').map((node) => replaced(node, 'pass')),
      ...statements(root, 'assignment')
        .filter(
          (node) => isWithin(node, 'function_definition') && node.field('left')!.kind() !== 'identifier',
        )
        .map((node) => replaced(node, 'pass')),
      ...nodes(root, 'raise_statement', 'delete_statement').map((node) => replaced(node, 'pass')),
      ...nodes(root, 'for_statement').map((node) => replaced(node.field('body')!, 'pass')),
    ],
  },
  {
    name: 'negate-condition',
    changes: (root) => conditions(root, true).map((node) => replaced(node, `not (${node.text()})`)),
  },
  { name: 'always-true', changes: (root) => conditions(root, false).map((node) => replaced(node, 'True')) },
  { name: 'always-false', changes: (root) => conditions(root, false).map((node) => replaced(node, 'False')) },
  {
    name: 'drop-term',
    changes: (root) => [
      ...nodes(root, 'boolean_operator').flatMap((node) =>
        ['left', 'right'].map((side) => replaced(node, node.field(side)!.text())),
      ),
      ...nodes(root, 'if_clause')
        .filter((node) =>
          isWithin(node, 'list_comprehension', 'dictionary_comprehension', 'generator_expression'),
        )
        .map((node) => replaced(node, '')),
    ],
  },
  { name: 'swap-logical', changes: (root) => swapped(root, ['boolean_operator'], { and: 'or', or: 'and' }) },
  {
    name: 'swap-comparison',
    changes: (root) => swapped(root, ['comparison_operator'], { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }),
  },
  {
    name: 'swap-equality',
    changes: (root) =>
      swapped(root, ['comparison_operator'], {
        '==': '!=',
        '!=': '==',
        is: 'is not',
        'is not': 'is',
        in: 'not in',
        'not in': 'in',
      }),
  },
  {
    name: 'swap-arithmetic',
    changes: (root) => [
      ...swapped(root, ['binary_operator'], { '+': '-', '-': '+', '*': '/', '/': '*', '//': '*' }),
      ...swapped(root, ['augmented_assignment'], { '+=': '-=', '-=': '+=' }),
    ],
  },
  { name: 'off-by-one', changes: (root) => numbers(root, nextOf) },
  { name: 'off-by-thousand', changes: (root) => numbers(root, thousandfold) },
  {
    name: 'flip-boolean',
    changes: (root) => [
      ...nodes(root, 'true')
        .filter((node) => !/^slots=/.test(node.parent()!.text()))
        .map((node) => replaced(node, 'False')),
      ...nodes(root, 'false').map((node) => replaced(node, 'True')),
    ],
  },
  {
    name: 'empty-string',
    changes: (root) =>
      nodes(root, 'string')
        .filter((node) => isConstant(node))
        .map((node) => replaced(node, node.text().startsWith('b') ? 'b""' : '""')),
  },
  {
    name: 'drop-interpolation',
    changes: (root) =>
      nodes(root, 'interpolation')
        .filter((node) => !isSql(inner(node.parent()!)) && !isRead(node))
        .map((node) => replaced(node, '')),
  },
  {
    name: 'drop-entry',
    changes: (root) => [
      ...nodes(root, 'dictionary').flatMap((node) => parts(node).map(withoutEntry)),
      ...nodes(root, 'list', 'set')
        .filter((node) => parts(node).length > 1)
        .flatMap((node) => parts(node).map(withoutEntry)),
      ...nodes(root, 'keyword_argument').map(withoutEntry),
    ],
  },
  {
    name: 'drop-field',
    changes: (root) =>
      nodes(root, 'class_definition')
        .flatMap((node) => parts(node.field('body')!))
        .filter((node) => node.kind() === 'expression_statement' && parts(node)[0]!.kind() === 'assignment')
        .filter((node) => !node.text().startsWith('__slots__'))
        .map((node) => replaced(node, 'pass')),
  },
  { name: 'drop-decorator', changes: (root) => nodes(root, 'decorator').map((node) => replaced(node, '')) },
  { name: 'drop-depends', changes: withoutDependencies },
  {
    name: 'early-return',
    changes: (root) =>
      nodes(root, 'function_definition').flatMap((node) => {
        if (!/^(None)?$/.test(node.field('return_type')?.text() ?? '')) return [];
        const [first, second] = parts(node.field('body')!);
        const start = isText(first) ? second : first;
        if (!start) return [];
        const { index, column } = start.range().start;
        return [{ start: index, end: index, text: `return\n${' '.repeat(column)}` }];
      }),
  },
  {
    name: 'return-nothing',
    changes: (root) => [
      ...nodes(root, 'return_statement')
        .filter((node) => parts(node).length > 0 && parts(node)[0]!.kind() !== 'none')
        .map((node) => replaced(node, 'return None')),
      ...nodes(root, 'lambda').map((node) => replaced(node.field('body')!, 'None')),
    ],
  },
  {
    name: 'swap-arguments',
    changes: (root) =>
      nodes(root, 'argument_list').flatMap((list) => {
        const given = parts(list);
        return given
          .slice(1)
          .flatMap((right, index) =>
            areAlike(given[index]!, right) ? [exchanged(root.text(), given[index]!, right)] : [],
          );
      }),
  },
  {
    name: 'drop-handler',
    changes: (root) =>
      nodes(root, 'except_clause', 'finally_clause')
        .map((node) => parts(node).at(-1)!)
        .filter((body) => body.kind() === 'block' && body.text() !== 'pass')
        .map((body) => replaced(body, 'pass')),
  },
  {
    name: 'off-by-one-slice',
    changes: (root) =>
      nodes(root, 'slice')
        .flatMap(parts)
        .filter((bound) => bound.kind() !== 'integer')
        .map((bound) => replaced(bound, `${bound.text()} + 1`)),
  },
  { name: 'drop-call', changes: (root) => nodes(root, 'call').flatMap(withoutCall) },
  {
    name: 'swap-function',
    changes: (root) =>
      nodes(root, 'call')
        .map((call) => call.field('function')!)
        .map((called) => (called.kind() === 'attribute' ? called.field('attribute')! : called))
        .filter((name) => Object.hasOwn(otherFunctions, name.text()))
        .map((name) => replaced(name, otherFunctions[name.text()]!)),
  },
  {
    name: 'drop-anchor',
    changes: (root) =>
      nodes(root, 'string_content')
        .filter((node) => /^r/.test(node.parent()!.text()))
        .flatMap((node) => withoutAnchors(node.text(), node.range().start.index)),
  },
  ...sqlOperators.map(({ name, changes }) => ({
    name,
    changes: (root: SgNode) =>
      nodes(root, 'string')
        .filter((node) => node.parent()!.kind() !== 'expression_statement')
        .flatMap((node) => inSql(node, changes)),
  })),
];

/** Nodes of these kinds that are a statement. */
function statements(root: SgNode, ...kinds: string[]): SgNode[] {
  return nodes(root, 'expression_statement')
    .map((statement) => parts(statement)[0]!)
    .filter((node) => kinds.includes(String(node?.kind())));
}

/** Conditions of `if`, `elif` and `a if b else c`, with `loops` of loops too. */
function conditions(root: SgNode, loops: boolean): SgNode[] {
  return [
    ...nodes(root, 'if_statement', 'elif_clause', ...(loops ? ['while_statement'] : [])).map(
      (node) => node.field('condition')!,
    ),
    ...nodes(root, 'conditional_expression').map((node) => parts(node)[1]!),
  ];
}

function numbers(root: SgNode, change: (value: number) => number): Change[] {
  return nodes(root, 'integer', 'float')
    .filter((node) => !isWithin(node, 'interpolation'))
    .flatMap((node) => {
      const value = Number(node.text().replaceAll('_', ''));
      return Number.isFinite(value) && change(value) !== value ? [replaced(node, String(change(value)))] : [];
    });
}

/** Whether a string is neither documentation, a type, a key nor for people. */
function isConstant(node: SgNode): boolean {
  const text = inner(node);
  if (text === '' || isMessage(text) || isSql(text) || isRead(node) || isWithin(node, 'type', 'string'))
    return false;
  const parent = node.parent()!;
  if (parent.kind() === 'pair' && parent.field('key')!.id() === node.id()) return false;
  return !['expression_statement', 'concatenated_string'].includes(String(parent.kind()));
}

/** Whether people or the type checker read it: the message of an error, a line of the log, a description. */
function isRead(node: SgNode): boolean {
  return node.ancestors().some((ancestor) => {
    if (ancestor.kind() === 'keyword_argument') return prose.includes(ancestor.field('name')!.text());
    if (ancestor.kind() !== 'call') return false;
    return /(Error$|^cast$|(^|\.)_?(log|logger)\.\w+$)/.test(ancestor.field('function')!.text());
  });
}

/** The text of a string without prefix and quotes. */
function inner(node: SgNode): string {
  return node
    .children()
    .filter((child) => !['string_start', 'string_end'].includes(String(child.kind())))
    .map((child) => child.text())
    .join('');
}

function isText(statement: SgNode | undefined): boolean {
  return statement?.kind() === 'expression_statement' && parts(statement)[0]?.kind() === 'string';
}

function areAlike(left: SgNode, right: SgNode): boolean {
  const kinds = [String(left.kind()), String(right.kind())];
  if (kinds.includes('keyword_argument')) return false;
  return (
    left.text() !== right.text() && (kinds[0] === kinds[1] || kinds.every((kind) => names.includes(kind)))
  );
}

/** `Annotated[T, Path()]` becomes `T`, and a default `Depends(f)` goes. */
function withoutDependencies(root: SgNode): Change[] {
  const annotated = nodes(root, 'generic_type', 'subscript').flatMap((node) => {
    const match = /^Annotated\[([^,[\]]+), \w+\(.*\)\]$/.exec(node.text());
    return match ? [replaced(node, match[1]!)] : [];
  });
  const called = nodes(root, 'call').filter((call) => call.field('function')!.text() === 'Depends');
  return [
    ...annotated,
    ...called.map((call) => (call.parent()!.kind() === 'list' ? withoutEntry(call) : replaced(call, 'None'))),
  ];
}

/** `a.b()` becomes `a`, `f(a)` becomes `a`, and `min(a, b)` becomes one of both. */
function withoutCall(call: SgNode): Change[] {
  if (['expression_statement', 'decorator', 'await'].includes(String(call.parent()!.kind()))) return [];
  const called = call.field('function')!;
  const given = call.field('arguments')!;
  if (given.kind() !== 'argument_list') return [];
  const list = parts(given);
  if (called.kind() === 'identifier')
    return list.length === 1 || /^(min|max)$/.test(called.text())
      ? list.filter((node) => node.kind() !== 'keyword_argument').map((node) => replaced(call, node.text()))
      : [];
  if (called.kind() !== 'attribute') return [];
  const object = called.field('object')!;
  return /^[A-Z]\w*$/.test(object.text()) ? [] : [replaced(call, object.text())];
}

/** Changes of SQL in a string, whose values are hidden from the operator. */
function inSql(node: SgNode, changes: Operator<string>['changes']): Change[] {
  const text = inner(node);
  if (!isSql(text)) return [];
  const start = node.children()[0]!;
  const offset = start.range().end.index;
  const values = nodes(node, 'interpolation').map((part) => ({
    start: part.range().start.index - offset,
    end: part.range().end.index - offset,
  }));
  return changes(masked(text, values)).map((change) => ({
    ...change,
    start: change.start + offset,
    end: change.end + offset,
  }));
}
