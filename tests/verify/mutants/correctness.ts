import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const statements = 'dist/database/queries.js';
const repository = 'dist/resources/products/repository.js';
const service = 'dist/resources/products/service.js';
const validation = 'dist/plugins/validation.js';
const bodies = 'dist/plugins/bodies.js';
const asStored = "return type === 'uuid' || type === 'ref' ? value.toLowerCase() : value;";

/** The API changes texts of the product before they are stored. */
function storing(name: string, change: string): Mutant {
  const to = `${change}\n${asStored}`;
  return { row: 'MO1', name, file: statements, from: asStored, to, also: ['MO2', 'MO4'] };
}

/** The API changes a body before it is validated. */
function lenient(name: string, change: string): Mutant {
  return {
    row: 'MO3',
    name,
    file: bodies,
    from: 'done(error, value);',
    to: `const given = value ?? {};
      ${change}
      done(error, value);`,
  };
}

export const correctness: Mutant[] = [
  {
    row: 'IT1',
    name: 'refuses what its document allows',
    file: bodies,
    from: 'done(error, value);',
    to: `done(error, Object.keys(value ?? {}).length > 0 ? { ...value, beyond: 1 } : value);`,
  },
  storing(
    'answers 500 to texts of more than 40 characters',
    "if (type === 'string' && [...value].length > 40) throw new Error('too long');",
  ),
  planted('rounded-prices', 'keeps decimals as binary fractions', ['MO2', 'MO4']),
  planted('ghost', 'does not tell its caches of removals', ['MO2', 'MO4']),
  storing(
    'rounds decimals that a binary fraction cannot hold',
    `if (type === 'decimal') {
      const digits = value.split('.')[1]?.length ?? 0;
      return Number(value).toFixed(digits);
    }`,
  ),
  storing('trims texts', "if (type === 'string') return value.trim();"),
  storing(
    'normalizes texts to compatible characters (NFKC)',
    "if (type === 'text') return value.normalize('NFKC');",
  ),
  storing(
    'cuts texts at 255 bytes',
    "if (type === 'string') return Buffer.from(value).subarray(0, 255).toString();",
  ),
  {
    row: 'MO1',
    name: 'counts UTF-16 code units',
    file: validation,
    from: 'const validate = bodies.compile(schema);',
    to: `const check = bodies.compile(schema);
        const validate = (data) => {
          const long = data?.name?.length > 120;
          const good = !long && check(data);
          validate.errors = long ? [{ keyword: 'maxLength', instancePath: '/name', params: {} }] : check.errors;
          return good;
        };`,
    also: ['MO4'],
  },
  {
    row: 'MO1',
    name: 'loses last zeros in lists alone',
    file: service,
    from: 'const more = rows.length > request.limit;',
    to: `for (const row of rows) if (row.price) row.price = String(Number(row.price));
            const more = rows.length > request.limit;`,
    also: ['MO4'],
  },
  {
    row: 'MO1',
    name: 'leaves out nulls with `fields`',
    file: service,
    from: 'body: JSON.stringify(only(row, fields))',
    to: 'body: JSON.stringify(only(row, fields)).replace(/"description":null,?/, \'\')',
  },
  planted('half-replaced', 'keeps fields that a PUT does not send'),
  {
    row: 'MO2',
    name: 'does not change updatedAt',
    file: repository,
    from: 'changes), updatedAt })',
    to: 'changes) })',
  },
  {
    row: 'MO2',
    name: 'ignores null in a merge patch',
    file: 'dist/resources/products/routes.js',
    from: 'service.update(unit, request.params.id, request.body, precondition)',
    to: `service.update(
      unit,
      request.params.id,
      Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== null)),
      precondition,
    )`,
  },
  {
    row: 'MO2',
    name: 'replaces all with PATCH',
    file: 'dist/resources/products/routes.js',
    from: 'service.update(unit, request.params.id, request.body, precondition)',
    to: "service.replace(unit, request.params.id, { name: '', price: '0', status: 'draft', ...request.body }, precondition)",
  },
  {
    row: 'MO2',
    name: 'makes createdAt anew with each change',
    file: repository,
    from: 'changes), updatedAt })',
    to: 'changes), updatedAt, createdAt: updatedAt })',
  },
  {
    row: 'MO2',
    name: 'does not count the version of a PATCH',
    file: repository,
    from: "version: eb('version', '+', 1)",
    to: "version: Object.keys(changes).length > 3 ? eb('version', '+', 1) : eb.ref('version')",
  },
  {
    row: 'MO2',
    name: 'makes items with PATCH',
    file: service,
    from: 'if (!row)\n',
    to: `if (!row && version === null && changes.name)
                return stored(unit, (await repository.insert(unit.transaction, { description: null, price: '1', status: 'draft', ...changes, id, version: 1, createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() })));
            if (!row)\n`,
  },
  {
    row: 'MO2',
    name: 'writes back all fields with PATCH, as they were read',
    file: service,
    from: 'const row = await repository.update(unit.transaction, id, changes,',
    to: `const reading = { read: (query) => unit.transaction.query(query) };
            const { id: _, version: _version, createdAt, updatedAt, ...own } = (await repository.find(reading, id)) ?? {};
            await new Promise((resolve) => setTimeout(resolve, 50));
            const row = await repository.update(unit.transaction, id, { ...own, ...changes },`,
  },
  lenient(
    'takes an enum in upper case',
    "if (typeof given.status === 'string') given.status = given.status.toLowerCase();",
  ),
  lenient('trims decimals', "if (typeof given.price === 'string') given.price = given.price.trim();"),
  lenient(
    'takes numbers for decimals',
    "if (typeof given.price === 'number') given.price = String(given.price);",
  ),
  lenient(
    'cuts texts that are too long',
    "if (typeof given.name === 'string') given.name = [...given.name].slice(0, 120).join('');",
  ),
  lenient(
    'drops system fields',
    'delete given.version; delete given.id; delete given.createdAt; delete given.updatedAt;',
  ),
  planted('mixed-list', 'forgets the filter on the second page'),
  {
    row: 'MO4',
    name: 'forgets the order on the second page',
    file: repository,
    from: "descending ? 'desc'",
    to: "descending && !after ? 'desc'",
  },
  {
    row: 'MO4',
    name: 'lists items that were deleted',
    file: repository,
    from: /('=', id)\);(\s+const \[row\] = await database\.read[\s\S]*?)\.deleteFrom\('products'\)/,
    to: "$1).where('version', '>', 0);$2.updateTable('products').set({ version: -1 })",
  },
  {
    row: 'MO4',
    name: 'stores each item twice',
    file: service,
    from: 'return { id: inserted.id,',
    to: `await repository.insert(unit.transaction, { ...inserted, id: uuid() });
            return { id: inserted.id,`,
  },
  {
    row: 'MO4',
    name: 'forgets `fields` on the second page',
    file: 'dist/http/list-query.js',
    from: 'fields: fieldList(query.fields)',
    to: 'fields: fieldList(query.cursor ? undefined : query.fields)',
  },
  {
    row: 'MO5',
    name: 'answers 500 to an account that exists',
    file: 'dist/auth/account-changes.js',
    from: /throw new Problem\('conflict', \{\s+detail: 'There is an account[\s\S]+?\}\);/,
    to: 'throw new Error(error.message);',
  },
  {
    row: 'MO6',
    name: 'reads decimals as binary fractions into its caches',
    file: repository,
    from: ".select(columns(asked)).where('id'",
    to: ".select(asked ? columns(asked) : [...model.fields.filter((name) => name !== 'price'), sql`price::float8::text`.as('price')]).where('id'",
  },
  {
    row: 'MO6',
    name: 'reads another updatedAt into its caches',
    file: repository,
    from: 'const [row] = await database.read(query, context, fresh);',
    to: 'const [row] = await database.read(query, context, fresh);\n        if (row) row.updatedAt = row.createdAt;',
  },
  {
    row: 'MO7',
    name: 'does not tell its caches of changes with a condition',
    file: service,
    from: 'return stored(unit, row);\n        },\n        /** Changes every',
    to: 'return precondition.allowed ? toEntry(row) : stored(unit, row);\n        },\n        /** Changes every',
  },
  {
    row: 'MO8',
    name: 'has a required column that takes null',
    file: 'migrations/0101_products.sql',
    from: '"name" text not null',
    to: '"name" text',
  },
  {
    row: 'MO8',
    name: 'has an enumeration without a check',
    file: 'migrations/0101_products.sql',
    from: / check \("status" in \([^)]*\)\)/,
    to: '',
  },
];
