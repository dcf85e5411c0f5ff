import path from 'node:path';
import { answersWith, resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { type RenderedFile, render } from '../../../src/render/render.js';
import { evolveResources } from '../../../src/resources/change.js';
import { currentSpec, type ResourceHistory } from '../../../src/resources/history.js';
import { everyType, everyValue, oddNames, order } from '../../odd-resources.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../../templates'));

/** Every kind of change, of every type of field. */
const changes = [
  ['order', 'total=sum', "+note:string(0,20)='it''s: ok'", 'status:enum(pending|paid|sent)+', '-group'],
  ['item', 'name=title', 'code=label', 'kind=shape', '-tag', 'parent=above', 'orderId=purchaseId', 'ok=fine'],
  ['item', 'qty:integer!+', 'amount:decimal?', 'day:date', 'due:datetime?', '+kept:json?', '+at:datetime?+'],
  [
    'person',
    'age:integer(0,200)+=20',
    'tags=labels',
    'meta=data',
    '-total',
    'price=cost',
    'ok=fine',
    'at=since',
  ],
  [
    'person',
    'rate:decimal(6,2,min=0.01,max=200)',
    'status:enum(open|closed|kept)+=kept',
    'email:email',
    '-due',
  ],
  [
    'person',
    'bio:text(1,80)',
    'note:text=later',
    'stock:integer',
    '+words:string(1,9)[]=["a:b"]',
    '+own:ref(person, cascade)?',
  ],
  ['transfer', '+viaId:ref(account, null)?', 'fromId:ref(account)', '-newsItemId', 'toId=target'],
  ['account', '+databaseId:ref(database)?', '+code:string(1,9)?!', 'owner:ref(account, cascade)?'],
  ['database', 'class=kind', 'transaction:integer'],
  ['news', 'itemsCodeKey=itemsKey', 'items:integer', 'pkey:integer+!'],
  [
    'purchaseOrderLineItemAdjustmentRequest',
    'customerBillingAddressLineOne=customerBillingAddressLineThree',
    'customerBillingAddressLineTwo:string(1,9)!+',
    '+status:enum(a|b)=a',
  ],
  ['tag: name:string(1,20)!, itemId:ref(item, cascade)'],
  ['newsItem', '+tagId:ref(tag)?'],
  // Only new columns.
  ['order', '+reason:string(0,9)?+', '+urgent:boolean=false'],
];

/** Resources as they were made, with all changes, and with all changes finished. */
export function stages(): Record<'made' | 'changed' | 'finished', ResourceHistory[]> {
  const evolve = (resources: ResourceHistory[], words: string[], contract = false) =>
    evolveResources(resources, words, { reserved: catalog.reserved, contract, place: { number: 1 } })
      .resources;
  const { resources: made } = answersWith(catalog, {
    resources: [order, everyType, everyValue, ...oddNames],
  });
  const changed = changes.reduce((resources, words) => evolve(resources, words), made);
  return { made, changed, finished: evolve(changed, [], true) };
}

/** New names of columns by "table.column". */
export function renamedColumns(
  resources: readonly ResourceHistory[],
): [table: string, from: string, to: string][] {
  const { resources: all } = resolvedWith(catalog, { resources });
  const column = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return all.flatMap(({ table, history }) =>
    history.changes.flatMap(({ renamed = {} }) =>
      Object.entries(renamed).map(([from, to]): [string, string, string] => [
        table,
        column(from),
        column(to),
      ]),
    ),
  );
}

export function rendered(
  choices: Record<string, string>,
  resources: readonly (string | ResourceHistory)[],
): Map<string, RenderedFile> {
  return render(resolvedWith(catalog, { ...choices, resources }), '1.0.0');
}

/** The specs of now, as of a project that is made with them. */
export function fresh(resources: readonly ResourceHistory[]): string[] {
  return resources.map(currentSpec);
}
