import {
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  type CompiledQuery,
  createQueryId,
  DeleteQueryNode,
  FromNode,
  InsertQueryNode,
  type OperationNode,
  OperatorNode,
  ReferenceNode,
  type ReturningNode,
  SelectModifierNode,
  type SelectQueryNode,
  TableNode,
  UpdateQueryNode,
  ValueListNode,
  ValuesNode,
  WhereNode,
} from 'kysely';
import { db } from './queries.js';

/** A write, and what reads the rows that it is asked to return. */
export interface Returning {
  write: CompiledQuery;
  rows: CompiledQuery;
  /** Whether the rows are read before they are written: they are gone afterwards. */
  before: boolean;
}

type Write = InsertQueryNode | UpdateQueryNode | DeleteQueryNode;

/**
 * MySQL has no `returning`: the statement is run without it, in a transaction, and the rows are selected. Deletes select
 * theirs before; inserts of one row and updates select them afterwards by the id that they name.
 * @returns undefined for a statement that returns nothing
 * @throws Error for an insert or an update that names no id
 */
export function returningOf(query: OperationNode | undefined): Returning | undefined {
  if (!query || !isWrite(query) || !query.returning) return undefined;
  const { returning, ...write } = query;
  return {
    write: compile(write as Write),
    rows: compile(selectOf(query, returning)),
    before: DeleteQueryNode.is(query),
  };
}

function isWrite(node: OperationNode): node is Write {
  return InsertQueryNode.is(node) || UpdateQueryNode.is(node) || DeleteQueryNode.is(node);
}

/** As a statement of `queries.ts` is compiled: names in camelCase are columns in snake_case. */
function compile(node: Write | SelectQueryNode): CompiledQuery {
  const executor = db.getExecutor();
  const id = createQueryId();
  return executor.compileQuery(executor.transformQuery(node, id), id);
}

function selectOf(query: Write, { selections }: ReturningNode): SelectQueryNode {
  const where = DeleteQueryNode.is(query) ? query.where : WhereNode.create(isRow(idOf(query)));
  const from = DeleteQueryNode.is(query) ? query.from : FromNode.create([tableOf(query)]);
  return {
    kind: 'SelectQueryNode',
    from,
    selections,
    ...(where ? { where } : {}),
    // Others who would delete the same rows wait.
    ...(DeleteQueryNode.is(query) ? { endModifiers: [SelectModifierNode.create('ForUpdate')] } : {}),
  };
}

function tableOf(query: InsertQueryNode | UpdateQueryNode): OperationNode {
  const table = InsertQueryNode.is(query) ? query.into : query.table;
  if (!table || !TableNode.is(table)) throw new Error('"returning" needs one table');
  return table;
}

function isRow(id: OperationNode): OperationNode {
  const column = ReferenceNode.create(ColumnNode.create('id'));
  return BinaryOperationNode.create(column, OperatorNode.create('='), id);
}

/** The value of the column `id` that a statement names. */
function idOf(query: InsertQueryNode | UpdateQueryNode): OperationNode {
  const id = InsertQueryNode.is(query) ? insertedId(query) : query.where && namedId(query.where.where);
  if (!id) throw new Error('"returning" needs an id: MySQL has none, and the row is selected by it');
  return id;
}

function insertedId({ columns = [], values }: InsertQueryNode): OperationNode | undefined {
  const place = columns.findIndex(({ column }) => column.name === 'id');
  if (!values || !ValuesNode.is(values) || values.values.length !== 1) return undefined;
  const [row] = values.values;
  if (row && ValueListNode.is(row)) return row.values[place];
  const value = row?.values[place];
  return value === undefined ? undefined : ({ kind: 'ValueNode', value } as OperationNode);
}

function namedId(condition: OperationNode): OperationNode | undefined {
  if (AndNode.is(condition)) return namedId(condition.left) ?? namedId(condition.right);
  if (condition.kind === 'ParensNode') return namedId((condition as unknown as { node: OperationNode }).node);
  if (!BinaryOperationNode.is(condition)) return undefined;
  const { leftOperand, operator, rightOperand } = condition;
  const isId =
    ReferenceNode.is(leftOperand) &&
    ColumnNode.is(leftOperand.column) &&
    leftOperand.column.column.name === 'id';
  return isId && OperatorNode.is(operator) && operator.operator === '=' ? rightOperand : undefined;
}
