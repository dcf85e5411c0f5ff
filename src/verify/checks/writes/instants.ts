import { randomInt } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Schema } from '../../contract/contract.js';
import { expectEqual, expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import { walk } from '../shared/pages.js';
import { littleAtOnce } from '../shared/shared-settings.js';

const group = 'writes';
/** Zones differ by 15 minutes or more; a machine can stand still for a while. */
const toleranceMs = 60_000;
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** A different value for each write, as a field can be unique. */
const written: Record<string, () => string> = {
  'date-time': () => `${ambiguousDate()}T20:45:00.000+05:30`,
  date: ambiguousDate,
};
const mostPages = 60;
const reconnectMs = 20_000;
/** What an instance holds of an item may be a second old. */
const visibleMs = 3000;

export const instants: Row[] = [
  {
    id: 'TM1',
    group,
    title: 'instants do not depend on time zones',
    expected:
      'times are stored as written and answered in UTC, and a walk in the order of time shows each item once, whatever the TZ of the process and the TimeZone and DateStyle of the database',
    source:
      'RFC 3339, sections 4.3 and 5.6; PostgreSQL documentation, "Date/Time Types"; MySQL manual, "Time Zone Support"',
    remedy:
      'Give every database session the zone UTC and the date style ISO, and let parsers read the offset of each value.',
    evidence: ['stateless', 'balanced'],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    settings: littleAtOnce,
    async run(api) {
      const fields = Object.entries((api.resource.input.properties ?? {}) as Record<string, Schema>).filter(
        ([, { format, readOnly }]) => format in written && !readOnly,
      );
      const kept = ['createdAt', 'updatedAt'].some((name) => api.resource.fields.includes(name));
      if (fields.length === 0 && !kept) throw new NotApplicable('items have no instants');
      let items: Record<string, unknown>[];
      await shiftSessions(api, true);
      try {
        items = await writeAndRead(api, fields);
        await expectEachOnce(
          api,
          items.map(({ id }) => String(id)),
        );
      } finally {
        await shiftSessions(api, false);
      }
      // A value that is stored shifted and read shifted back shows in another time zone.
      for (const item of items) await expectEverywhere(api, item);
    },
  },
];

/** A random date that is another one when day and month are swapped. */
function ambiguousDate(): string {
  const month = randomInt(1, 13);
  const day = ((month + randomInt(11)) % 12) + 1;
  const [mm, dd] = [month, day].map((part) => String(part).padStart(2, '0'));
  return `${randomInt(2000, 2900)}-${mm}-${dd}`;
}

/** Has the instances begin new sessions in another time zone, or in that of before. */
async function shiftSessions(api: Api, shifted: boolean): Promise<void> {
  if (!api.fleet.hasDatabase) return;
  await api.fleet.sql.shiftSessions(shifted);
  for (const { url } of api.fleet.instances) {
    const reads = async () =>
      (await api.send({ path: api.resource.path, as: 'reader', to: url })).status < 503;
    expectThat(await until(reads, reconnectMs), 'reads after connections to the database ended', 'none');
  }
}

/** Makes items on each instance and replaces them on another. @returns them as they were answered last */
async function writeAndRead(
  api: Api,
  fields: [name: string, schema: Schema][],
): Promise<Record<string, unknown>[]> {
  const { instances } = api.fleet;
  const items: Record<string, unknown>[] = [];
  // As many as fill some pages, each with a different time.
  for (let place = 0; place < 6; place += 1) {
    const [first, second] = [
      instances[place % instances.length]!,
      instances[(place + 1) % instances.length]!,
    ];
    const write = async (method: string, path: string, status: number, to: string) => {
      const given = Object.fromEntries(fields.map(([name, { format }]) => [name, written[format]!()]));
      const json = { ...(await api.body()), ...given };
      const response = await api.send({ method, path, as: 'editor', json, to });
      expectStatus(response, status);
      const body = response.json();
      expectNow(body, method === 'POST' ? ['createdAt', 'updatedAt'] : ['updatedAt']);
      for (const [name, { format }] of fields) expectWritten(body, name, format, given[name]!);
      await expectEverywhere(api, body);
      return body;
    };
    const made = await write('POST', api.resource.path, 201, first.url);
    if (!api.resource.methods.item.includes('PUT')) items.push(made);
    else {
      const replaced = await write('PUT', api.resource.item(made.id), 200, second.url);
      expectEqual(replaced.createdAt, made.createdAt, '"createdAt" after a change');
      items.push(replaced);
    }
  }
  return items;
}

function expectNow(body: Record<string, unknown>, names: string[]): void {
  for (const name of names.filter((entry) => entry in body)) {
    const text = String(body[name]);
    const offMs = Math.abs(Date.parse(text) - Date.now());
    expectThat(
      utc.test(text) && offMs < toleranceMs,
      `"${name}" to be the time of now, in UTC: ${new Date().toISOString()}`,
      text,
    );
  }
}

function expectWritten(body: Record<string, unknown>, name: string, format: string, wanted: string): void {
  const text = String(body[name]);
  const same = format === 'date' ? text === wanted : Date.parse(text) === Date.parse(wanted);
  expectThat(same, `"${name}" to be as it was written: ${wanted}`, text);
}

/** That every instance answers with the same item, by itself and in the list. */
async function expectEverywhere(api: Api, item: Record<string, unknown>): Promise<void> {
  const id = String(item.id);
  for (const { url } of api.fleet.instances) {
    let read: Record<string, unknown> = {};
    await until(async () => {
      const response = await api.send({ path: api.resource.item(id), as: 'reader', to: url });
      expectStatus(response, 200);
      read = response.json();
      return read.version === item.version;
    }, visibleMs);
    expectEqual(read, item, 'the item that was written:');
    const list = await api.send({ path: `${api.resource.path}?limit=100`, as: 'reader', to: url });
    expectStatus(list, 200);
    const found = list.json().data?.find((entry: { id?: unknown }) => entry.id === id);
    expectEqual(found ?? null, item, 'the item in the list:');
  }
}

async function expectEachOnce(api: Api, ids: readonly string[]): Promise<void> {
  const byTime = api.resource.sorts.filter((order) => /^-?createdAt$/.test(order));
  for (const sort of byTime.length > 0 ? byTime : [undefined]) {
    const seen: string[] = [];
    let pages = 0;
    for await (const page of walk(api, { sort, limit: 2 })) {
      seen.push(...page.ids);
      pages += 1;
      if (pages === mostPages) break;
    }
    const asked = sort === undefined ? 'the walk' : `the walk by sort=${sort}`;
    for (const id of ids)
      expectEqual(
        seen.filter((other) => other === id).length,
        1,
        `${asked} to show the item ${id} so often:`,
      );
  }
}
