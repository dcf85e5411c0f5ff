import type { Mutant } from './mutant.js';

/** The sample, and resources that refer to it in every way. */
export const relatedResources = [
  'product: name:string(1,120)!, price:decimal, status:enum(draft|active|archived)+, releasedAt:datetime?',
  'review: productId:ref(product, cascade), rating:integer+',
  'label: productId:ref(product, null)?, text:string(1,40)',
];

const routes = 'dist/resources/reviews/routes.js';
const included = 'dist/included.js';
const releases = 'dist/releases.js';

/** Changes to a project of those resources. */
export const relations: readonly Mutant[] = [
  {
    row: 'RF1',
    name: 'lists the rows of all below one',
    file: routes,
    from: 'const query = { ...request.query, productId: id };',
    to: 'const query = { ...request.query };',
  },
  {
    row: 'RF1',
    name: 'has an empty list below an item that is not there',
    file: routes,
    from: 'if (!found)',
    to: 'if (!found && !id)',
  },
  {
    row: 'RF2',
    name: 'makes the tag from the item alone',
    file: included,
    from: "return [version, ...Object.values(included).map((row) => row?.version ?? 0)].join('.');",
    to: 'return String(version);',
  },
  {
    row: 'RF2',
    name: 'includes the first one for all',
    file: included,
    from: 'byId.get(ids[place])',
    to: 'found[0]',
  },
  {
    row: 'RF3',
    name: 'leaves what was deleted along in the caches',
    file: releases,
    from: 'unit.afterCommit(() => cache.remove(',
    to: 'void (() => cache.remove(',
  },
  {
    row: 'RF3',
    name: 'keeps the version of what loses its reference',
    file: releases,
    from: 'version = version + 1',
    to: 'version = version',
  },
];
