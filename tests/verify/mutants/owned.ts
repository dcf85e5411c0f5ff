import type { Mutant } from './mutant.js';

/** A resource whose rows have owners, and others that refer to it and to one that is open. */
export const ownedResources = [
  'task(owned): title:string(1,80)!, rank:integer+, state:enum(open|done)+, due:date?, total:decimal',
  'step(owned): taskId:ref(task,cascade), labelId:ref(label)?, text:string(1,40)',
  'label: name:string(1,40)!',
];

const repository = 'dist/resources/tasks/repository.js';
const ownership = 'dist/ownership.js';

/** Changes to a project of those resources: in code that the frameworks of Node.js share. */
const node: readonly Mutant[] = [
  {
    row: 'OW1',
    name: 'gives everybody what is in the cache',
    file: ownership,
    from: 'return visible ? reading :',
    to: 'return visible || entry ? reading :',
  },
  {
    row: 'OW1',
    name: 'lets everybody delete a row',
    file: 'dist/resources/steps/repository.js',
    from: ".where(visibleTo(caller))\n            .returning('id')",
    to: ".returning('id')",
  },
  {
    row: 'OW2',
    name: 'lists the rows of all owners',
    file: repository,
    from: '.where(visibleTo(context.principal))\n            .limit(',
    to: '.limit(',
  },
  {
    row: 'OW3',
    name: 'lets a row refer to one of another owner',
    file: ownership,
    from: 'if (found.length === 0)',
    to: 'if (found.length < 0)',
  },
  {
    row: 'OW3',
    name: 'includes a row of another owner',
    file: 'dist/included.js',
    from: 'const shown = visible ?',
    to: 'const shown = visible === 0 ?',
  },
  {
    row: 'OW4',
    name: 'exports the rows of all owners',
    file: 'dist/jobs/export.js',
    from: 'visible ? visible(caller)',
    to: 'visible === 0 ? visible(caller)',
  },
];

/** The same in FastAPI. */
const python: readonly Mutant[] = [
  {
    row: 'OW1',
    name: 'gives everybody what is in the cache',
    file: 'app/ownership.py',
    from: 'return reading if visible else replace(reading, entry=None)',
    to: 'return reading if visible or True else replace(reading, entry=None)',
  },
  {
    row: 'OW1',
    name: 'lets everybody delete a row',
    file: 'app/resources/steps/repository.py',
    from: 'query = delete(TABLE, owned=owner is not None)',
    to: 'query = delete(TABLE)',
  },
  {
    row: 'OW2',
    name: 'lists the rows of all owners',
    file: 'app/resources/tasks/repository.py',
    from: 'owned=owner is not None,\n    )\n    values:',
    to: 'owned=False,\n    )\n    values:',
  },
  {
    row: 'OW3',
    name: 'lets a row refer to one of another owner',
    file: 'app/ownership.py',
    from: '    if owner is None:\n        return\n',
    to: '    if owner is not None or owner is None:\n        return\n',
  },
  {
    row: 'OW3',
    name: 'includes a row of another owner',
    file: 'app/included.py',
    from: 'if owned and not of_all:',
    to: 'if owned and not of_all and name is None:',
  },
  {
    row: 'OW4',
    name: 'exports the rows of all owners',
    file: 'app/jobs/export.py',
    from: 'if self._owner_for is None:',
    to: 'if self._names:',
  },
];

/** By framework. */
export const owned: Readonly<Record<string, readonly Mutant[]>> = {
  fastify: node,
  express: node,
  fastapi: python,
};
