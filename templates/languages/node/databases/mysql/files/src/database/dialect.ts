import {
  type BinaryOperationNode,
  type Dialect,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type OnConflictNode,
  OperatorNode,
  type RawBuilder,
  type ReturningNode,
  SelectQueryNode,
  sql,
} from 'kysely';

/** Writes for MySQL what PostgreSQL and SQLite have in other words. */
class Compiler extends MysqlQueryCompiler {
  /** `on conflict … do update`: MySQL looks at all unique keys of the table. */
  protected override visitOnConflict({ updates, columns = [] }: OnConflictNode): void {
    this.append('on duplicate key update ');
    if (updates) {
      this.compileList(updates);
      return;
    }
    // Nothing to do: a column keeps its value.
    const [column] = columns;
    if (!column) throw new Error('"on conflict do nothing" needs a column');
    this.visitNode(column);
    this.append(' = ');
    this.visitNode(column);
  }

  /** MySQL has none: `returning.ts` selects the rows. */
  protected override visitReturning(_: ReturningNode): void {
    throw new Error('"returning" is not compiled');
  }

  /** `in (select … limit …)`: MySQL takes a limit in a derived table only. */
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node;
    const isLimited =
      SelectQueryNode.is(rightOperand) &&
      rightOperand.limit &&
      OperatorNode.is(operator) &&
      operator.operator === 'in';
    if (!isLimited) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(leftOperand);
    this.append(' in (select * from ');
    this.visitNode(rightOperand);
    this.append(' as `batch`)');
  }
}

/** How statements are written; `connect.ts` runs them. */
export const dialect: Omit<Dialect, 'createDriver'> = {
  createAdapter: () => new MysqlAdapter(),
  createIntrospector: (db) => new MysqlIntrospector(db),
  createQueryCompiler: () => new Compiler(),
};

/** Condition: a column has one of these values. */
export function isOneOf(column: string, values: readonly unknown[]): RawBuilder<boolean> {
  return values.length === 0 ? sql`false` : sql`${sql.ref(column)} in (${sql.join(values)})`;
}

/** An identifier as the columns of identifiers have it: the 16 bytes of a UUID. */
export function identifier(text: string): RawBuilder<string> {
  return sql`${Buffer.from(text.replaceAll('-', ''), 'hex')}`;
}

/** A time (ISO 8601, in UTC) as the columns of times have it. */
export function time(iso: string): RawBuilder<string> {
  return sql`${iso.replace('T', ' ').replace('Z', '')}`;
}

/**
 * Condition: the row comes after these values in the order of the columns. As ranges of an index on them, which MySQL does not
 * find in `(a, b) > (x, y)`: `(a > x) or (a = x and b > y)`.
 */
export function isAfter(
  columns: readonly string[],
  values: readonly unknown[],
  descending: boolean,
): RawBuilder<boolean> {
  const beyond = sql.raw(descending ? '<' : '>');
  const ranges = columns.map((column, place) => {
    const same = columns.slice(0, place).map((other, index) => sql`${sql.ref(other)} = ${values[index]}`);
    return sql`(${sql.join([...same, sql`${sql.ref(column)} ${beyond} ${values[place]}`], sql` and `)})`;
  });
  return sql`(${sql.join(ranges, sql` or `)})`;
}
