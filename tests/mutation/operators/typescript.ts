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

const functions = ['function_declaration', 'function_expression', 'arrow_function', 'method_definition'];
const types = ['literal_type', 'type_annotation', 'type_alias_declaration', 'interface_declaration'];
const names = ['identifier', 'member_expression', 'subscript_expression'];
/** Members of an object that people read. */
const prose = ['detail', 'about', 'message', 'title', 'help', 'description'];
const otherFunctions: Record<string, string> = {
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  some: 'every',
  every: 'some',
};

/** Operators for TypeScript. */
export const typescriptOperators: Operator<SgNode>[] = [
  {
    name: 'drop-await',
    changes: (root) =>
      nodes(root, 'expression_statement')
        .map((statement) => parts(statement)[0]!)
        .filter((node) => node.kind() === 'await_expression')
        .map((node) => replaced(node, parts(node)[0]!.text())),
  },
  {
    name: 'drop-statement',
    changes: (root) => [
      ...nodes(root, 'expression_statement')
        .filter((statement) => !isDirective(statement))
        .map((statement) => replaced(statement, ';')),
      ...nodes(root, 'throw_statement', 'for_in_statement').map((statement) => replaced(statement, ';')),
    ],
  },
  {
    name: 'negate-condition',
    changes: (root) => conditions(root, true).map((node) => replaced(node, `!(${node.text()})`)),
  },
  { name: 'always-true', changes: (root) => conditions(root, false).map((node) => replaced(node, 'true')) },
  { name: 'always-false', changes: (root) => conditions(root, false).map((node) => replaced(node, 'false')) },
  {
    name: 'drop-term',
    changes: (root) =>
      nodes(root, 'binary_expression')
        .filter((node) => ['&&', '||', '??'].includes(node.field('operator')?.text() ?? ''))
        .flatMap((node) => ['left', 'right'].map((side) => replaced(node, node.field(side)!.text()))),
  },
  {
    name: 'swap-logical',
    changes: (root) => swapped(root, ['binary_expression'], { '&&': '||', '||': '&&' }),
  },
  {
    name: 'swap-comparison',
    changes: (root) => swapped(root, ['binary_expression'], { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }),
  },
  {
    name: 'swap-equality',
    changes: (root) => swapped(root, ['binary_expression'], { '===': '!==', '!==': '===' }),
  },
  {
    name: 'swap-arithmetic',
    changes: (root) => [
      ...swapped(root, ['binary_expression'], { '+': '-', '-': '+', '*': '/', '/': '*' }),
      ...swapped(root, ['augmented_assignment_expression'], { '+=': '-=', '-=': '+=' }),
      ...swapped(root, ['update_expression'], { '++': '--', '--': '++' }),
    ],
  },
  { name: 'off-by-one', changes: (root) => numbers(root, nextOf) },
  { name: 'off-by-thousand', changes: (root) => numbers(root, thousandfold) },
  {
    name: 'flip-boolean',
    changes: (root) => [
      ...values(root, 'true').map((node) => replaced(node, 'false')),
      ...values(root, 'false').map((node) => replaced(node, 'true')),
    ],
  },
  {
    name: 'empty-string',
    changes: (root) =>
      values(root, 'string')
        .filter((node) => isConstant(node))
        .map((node) => replaced(node, "''")),
  },
  {
    name: 'drop-interpolation',
    changes: (root) =>
      nodes(root, 'template_substitution')
        .filter((node) => !isSql(inner(node.parent()!)) && !isRead(node))
        .map((node) => replaced(node, '')),
  },
  {
    name: 'drop-entry',
    changes: (root) => [
      ...nodes(root, 'object').flatMap((node) => parts(node).map(withoutEntry)),
      ...nodes(root, 'array')
        .filter((node) => parts(node).length > 1)
        .flatMap((node) => parts(node).map(withoutEntry)),
    ],
  },
  {
    name: 'early-return',
    changes: (root) =>
      nodes(root, ...functions)
        .filter((node) => /^(: (Promise<)?void>?)?$/.test(node.field('return_type')?.text() ?? ''))
        .map((node) => node.field('body'))
        .filter((body) => body?.kind() === 'statement_block' && parts(body).length > 0)
        .map((body) => {
          const at = body!.range().start.index + 1;
          return { start: at, end: at, text: ' return;' };
        }),
  },
  {
    name: 'return-nothing',
    changes: (root) => [
      ...nodes(root, 'return_statement')
        .filter((node) => parts(node).length > 0 && parts(node)[0]!.text() !== 'undefined')
        .map((node) => replaced(node, 'return undefined;')),
      ...nodes(root, 'arrow_function')
        .map((node) => node.field('body')!)
        .filter((body) => !['statement_block', 'undefined'].includes(String(body.kind())))
        .map((body) => replaced(body, 'undefined')),
    ],
  },
  {
    name: 'swap-arguments',
    changes: (root) =>
      nodes(root, 'arguments').flatMap((list) => {
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
      nodes(root, 'catch_clause', 'finally_clause')
        .map((node) => node.field('body')!)
        .filter((body) => parts(body).length > 0)
        .map((body) => replaced(body, '{}')),
  },
  {
    name: 'off-by-one-slice',
    changes: (root) =>
      nodes(root, 'call_expression')
        .filter((call) => /^(slice|subarray|substring)$/.test(method(call)?.text() ?? ''))
        .flatMap((call) => parts(call.field('arguments')!))
        .filter((argument) => argument.kind() !== 'number')
        .map((argument) => replaced(argument, `${argument.text()} + 1`)),
  },
  { name: 'drop-call', changes: (root) => nodes(root, 'call_expression').flatMap(withoutCall) },
  {
    name: 'swap-function',
    changes: (root) =>
      nodes(root, 'call_expression')
        .map(method)
        .filter((name) => name !== null && Object.hasOwn(otherFunctions, name.text()))
        .map((name) => replaced(name!, otherFunctions[name!.text()]!)),
  },
  {
    name: 'drop-anchor',
    changes: (root) =>
      nodes(root, 'regex_pattern').flatMap((node) => withoutAnchors(node.text(), node.range().start.index)),
  },
  ...sqlOperators.map(({ name, changes }) => ({
    name,
    changes: (root: SgNode) =>
      nodes(root, 'string', 'template_string').flatMap((node) => inSql(node, changes)),
  })),
];

/** Conditions of `if` and `? :`, with `loops` of loops too: the expression inside of the parentheses. */
function conditions(root: SgNode, loops: boolean): SgNode[] {
  const kinds = ['if_statement', 'ternary_expression', ...(loops ? ['while_statement'] : [])];
  return nodes(root, ...kinds).map((node) => {
    const condition = node.field('condition')!;
    return condition.kind() === 'parenthesized_expression' ? parts(condition)[0]! : condition;
  });
}

/** Literals that are no types. */
function values(root: SgNode, kind: string): SgNode[] {
  return nodes(root, kind).filter((node) => !isWithin(node, ...types));
}

function numbers(root: SgNode, change: (value: number) => number): Change[] {
  return values(root, 'number').flatMap((node) => {
    const value = Number(node.text().replaceAll('_', ''));
    return Number.isFinite(value) && change(value) !== value ? [replaced(node, String(change(value)))] : [];
  });
}

/** Whether a string is neither a name of a module or member nor for people. */
function isConstant(node: SgNode): boolean {
  const text = inner(node);
  if (text === '' || isMessage(text) || isSql(text) || isRead(node)) return false;
  const parent = node.parent()!;
  if (parent.kind() === 'pair' && parent.field('key')!.id() === node.id()) return false;
  return !['import_statement', 'export_statement', 'computed_property_name', 'expression_statement'].includes(
    String(parent.kind()),
  );
}

/** Whether people read it: the message of an error, a line of the log, a description. */
function isRead(node: SgNode): boolean {
  return node.ancestors().some((ancestor) => {
    const kind = ancestor.kind();
    if (kind === 'new_expression') return /^\w*Error$/.test(ancestor.field('constructor')!.text());
    if (kind === 'pair') return prose.includes(ancestor.field('key')!.text());
    if (kind === 'call_expression')
      return /(^|\.)(log|logger|console)\.\w+$/.test(ancestor.field('function')!.text());
    return false;
  });
}

/** The text of a string without its quotes. */
function inner(node: SgNode): string {
  return node.text().slice(1, -1);
}

function isDirective(statement: SgNode): boolean {
  return parts(statement)[0]?.kind() === 'string';
}

function areAlike(left: SgNode, right: SgNode): boolean {
  const kinds = [String(left.kind()), String(right.kind())];
  return (
    left.text() !== right.text() && (kinds[0] === kinds[1] || kinds.every((kind) => names.includes(kind)))
  );
}

/** The name of the method that a call calls. */
function method(call: SgNode): SgNode | null {
  const called = call.field('function');
  return called?.kind() === 'member_expression' ? called.field('property') : null;
}

/** `a.b()` becomes `a`, `f(a)` becomes `a`, and `Math.min(a, b)` becomes one of both. */
function withoutCall(call: SgNode): Change[] {
  if (call.parent()!.kind() === 'expression_statement') return [];
  const called = call.field('function')!;
  const given = call.field('arguments');
  if (given?.kind() !== 'arguments') return [];
  const list = parts(given);
  if (called.kind() === 'identifier') return list.length === 1 ? [replaced(call, list[0]!.text())] : [];
  if (called.kind() !== 'member_expression') return [];
  const object = called.field('object')!;
  if (object.text() === 'Math') return list.map((argument) => replaced(call, argument.text()));
  return /^[A-Z]\w*$/.test(object.text()) ? [] : [replaced(call, object.text())];
}

/** Changes of SQL in a string or a template, whose values are hidden from the operator. */
function inSql(node: SgNode, changes: Operator<string>['changes']): Change[] {
  const text = inner(node);
  if (!isSql(text)) return [];
  const offset = node.range().start.index + 1;
  const values = parts(node)
    .filter((part) => part.kind() === 'template_substitution')
    .map((part) => ({ start: part.range().start.index - offset, end: part.range().end.index - offset }));
  return changes(masked(text, values)).map((change) => ({
    ...change,
    start: change.start + offset,
    end: change.end + offset,
  }));
}
