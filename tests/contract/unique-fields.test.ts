import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Choices, Projects, shared, verify } from './projects.js';

const choices: Choices = { framework: 'fastify', ...shared };
/** Each type that can be unique, with as few values as a user may give it, and unique references to rows that have some. */
const resources = [
  'coupon: code:string(2,4)!, name:string!, number:integer!, price:decimal!, reference:uuid!, day:date!, moment:datetime!, status:enum(open|used)+',
  'owner: name:string',
  'passport: ownerId:ref(owner)!, holderId:ref(owner, null)?!, number:string!',
  'visa: passportId:ref(passport)!, country:string',
];
/** Rows that write more than once, apart from those that take minutes. */
const writing = [
  'correctness',
  'errors',
  'lists',
  'writes',
  'ET1',
  'ET2',
  'ET3',
  'CC1',
  'CH1',
  'CH3',
  'DG1',
  'TO1',
  'GS2',
  'OA1',
];
let projects: Projects;

beforeAll(() => {
  projects = new Projects([choices], resources);
}, 600_000);

afterAll(() => projects?.remove());

test('unique fields of each type get a new value with each write', async () => {
  const { code, failed, output } = await verify(projects.of(choices), [
    '--no-build',
    '--only',
    writing.join(','),
  ]);
  expect(failed, output).toEqual([]);
  expect(code).toBe(0);
});

test('a conflict that does not name the field is found', async () => {
  const folder = projects.changed(choices, 'broken', {
    file: 'dist/http/conflicts.js',
    from: "fields('taken', 'is taken')",
    to: '[]',
  });
  const { failed, output } = await verify(folder, ['--no-build', '--only', 'MO5']);
  expect(failed, output).toEqual(['MO5']);
});
