import type { Api, Instance, Item } from '../../cluster/api.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectThat, summary } from '../../http/expectations.js';
import { awaitedLater } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { absentItem, madeStatuses } from '../shared/items.js';
import { patiently } from '../shared/small-limits.js';
import { tableOf } from '../shared/tables.js';

const group = 'lifecycle';
/** More than the pool has connections: statements are prepared on each of them. */
const atOnce = 8;

export const schemaChanges: Row[] = [
  {
    id: 'SC1',
    group,
    title: "a column's type changes while requests run",
    expected:
      'reads and writes are answered as before, without a 5xx, after the type of a column was changed to a compatible one and back',
    source:
      'PostgreSQL documentation, "PREPARE" and error code 0A000 ("cached plan must not change result type")',
    remedy:
      'Prepare the statement anew when the server says that its result type has changed, and run it again; inside a transaction, the whole of it.',
    evidence: ['resilient', 'balanced'],
    needs: ['started', 'database', 'resource', 'writing'],
    quick: false,
    async run(api) {
      const found = await api.fleet.sql.changeableColumn(tableOf(api.resource));
      expectThat(found !== undefined, 'a column with text or a time in the table of the resource', 'none');
      const { column, type, other, change } = found!;
      try {
        // Several requests at once on each instance, so that each connection has prepared its statements.
        for (let warm = 0; warm < 3; warm += 1) await round(api);
        await patiently(async () => {
          for (const to of [other, type, other, type]) {
            const meanwhile = awaitedLater(round(api));
            await change(to);
            const answers = [...(await meanwhile), ...(await round(api))];
            for (const { request, response } of answers)
              expectThat(
                response !== undefined && response.status < 500,
                `no 5xx after the column "${column}" became ${to}`,
                `${request.method ?? 'GET'} ${request.path}: ${response ? summary(response) : 'no answer'}`,
              );
          }
        });
      } finally {
        await change(type);
      }
    },
  },
];

interface Exchanged {
  request: Request;
  response: Response | undefined;
}

/** Reads and writes of all kinds on every instance, several at once. */
async function round(api: Api): Promise<Exchanged[]> {
  const exchanges = api.fleet.instances.flatMap((instance) =>
    Array.from({ length: atOnce }, () => oneOfEach(api, instance)),
  );
  return (await Promise.all(exchanges)).flat();
}

/** One request after another; none is answered from a cache. */
async function oneOfEach(api: Api, { url }: Instance): Promise<Exchanged[]> {
  const { path, methods } = api.resource;
  const exchanges: Exchanged[] = [];
  const ask = async (request: Request) => {
    const response = await api.trySend({ ...request, to: url });
    exchanges.push({ request, response });
    return response;
  };
  await ask({ path: `${path}?limit=2`, as: 'reader' });
  await ask({ path: absentItem(api), as: 'reader' });
  const json = await api.body();
  const made = await ask({ method: 'POST', path, as: 'editor', json });
  if (made === undefined || !madeStatuses(api).includes(made.status)) return exchanges;
  const item: Pick<Item, 'path'> = api.itemOf(made);
  await ask({ path: item.path, as: 'reader' });
  if (methods.item.includes('PUT'))
    await ask({ method: 'PUT', path: item.path, as: 'editor', json: await api.body() });
  if (methods.item.includes('DELETE')) await ask({ method: 'DELETE', path: item.path, as: 'admin' });
  return exchanges;
}
