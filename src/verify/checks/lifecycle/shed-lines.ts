import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import { exportsMetric, metricsOf } from '../../cluster/metrics.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { absentItem } from '../shared/items.js';
import { isPromised, lineOf, parsed, withId } from '../shared/log-lines.js';
import { littleAtOnce } from '../shared/shared-settings.js';
import { patiently } from '../shared/small-limits.js';

const shedAtOnce = 20;
const lateMs = 500;
/** A second line would follow at once. */
const settleMs = 500;
const stack = /"stack"|\\n\s+at |Traceback|File \\?"[^"]+\\?", line \d/;

export const shedLines: Row[] = [
  {
    id: 'LS2',
    group: 'lifecycle',
    title: 'logs and metrics of refused requests under overload',
    expected:
      'one line for each request that was answered 503 overloaded, without a stack; as many in http_server_shed_requests_total, with the reason "inflight" and no other',
    source: 'Amazon Builders\' Library, "Using load shedding to avoid overload"; OWASP Logging Cheat Sheet',
    remedy:
      'Refuse by the usual path of expected errors: the line of the request says it all. Count by the reason of the refusal.',
    evidence: ['observed', 'loaded'],
    needs: ['started', 'database', 'logs', 'management', 'resource', 'load'],
    relies: ['MAX_INFLIGHT'],
    quick: false,
    settings: littleAtOnce,
    async run(api) {
      const [instance] = api.fleet.instances;
      await patiently(async () => {
        const before = instance!.lines().length;
        const counted = await shedByReason(api, instance!);
        const { ids, waiting } = await shed(api, instance!);
        expectThat(ids.length > 0, `503 for some of ${shedAtOnce} requests over MAX_INFLIGHT`, 'none');
        for (const id of ids) {
          const { status } = await lineOf(api, instance!, id);
          if (status !== undefined || isPromised(api, 'status')) expectEqual(status, 503, '"status"');
        }
        await pause(settleMs);
        // Of the requests that wait for the database, some may fail, and have the reason in the log.
        const lines = instance!
          .lines()
          .slice(before)
          .filter((line) => !waiting.some((id) => line.includes(id)));
        for (const id of ids) {
          const own = lines.filter((line) => line.includes(id));
          // Elsewhere, a request may have one line when it comes and another when it is answered.
          if (api.contract.isOwn)
            expectThat(own.length === 1, 'one line for a refused request', own.join('\n').slice(0, 2000));
        }
        const traced = lines.find((line) => stack.test(line) || parsed(line) === undefined);
        expectThat(traced === undefined, 'lines of JSON without a stack', traced?.slice(0, 2000));
        await expectCountedByReason(api, instance!, counted, ids.length);
      });
    },
  },
];

/** Fills an instance with requests that wait for the database, and sends more. @returns ids of the refused and of the waiting */
async function shed(api: Api, instance: Instance): Promise<{ ids: string[]; waiting: string[] }> {
  const { database, settings } = api.fleet;
  const ask = (requestId: string): Promise<Response | undefined> =>
    api.trySend({
      path: absentItem(api),
      as: 'reader',
      headers: withId(api, requestId),
      to: instance.url,
    });
  database.set({ kind: 'delay', ms: lateMs });
  try {
    const newIds = (length: number) => Array.from({ length }, () => randomUUID());
    const [first, more] = [newIds(Number(settings.MAX_INFLIGHT)), newIds(shedAtOnce)];
    const answered = Promise.all(first.map(ask));
    await pause(lateMs / 4);
    const answers = await Promise.all(more.map(ask));
    await answered;
    const ids = more.filter((_, place) => isShed(api, answers[place]));
    return { ids, waiting: [...first, ...more].filter((id) => !ids.includes(id)) };
  } finally {
    database.set({ kind: 'pass' });
  }
}

/** Requests that were refused so far, by the reason. */
async function shedByReason(api: Api, instance: Instance): Promise<Map<string, number>> {
  const samples = await metricsOf(api, instance);
  const shed = samples.filter(({ name }) => name === 'http_server_shed_requests_total');
  const byReason = new Map<string, number>();
  for (const { labels, value } of shed)
    byReason.set(labels.reason ?? '', (byReason.get(labels.reason ?? '') ?? 0) + value);
  return byReason;
}

async function expectCountedByReason(
  api: Api,
  instance: Instance,
  before: ReadonlyMap<string, number>,
  refused: number,
): Promise<void> {
  const metric = 'http_server_shed_requests_total';
  if (!exportsMetric(api, await metricsOf(api, instance), metric)) return;
  const rises = [...(await shedByReason(api, instance))]
    .map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const)
    .filter(([, rise]) => rise !== 0);
  if (!api.contract.isOwn) {
    const sum = rises.reduce((all, [, rise]) => all + rise, 0);
    expectThat(sum >= refused, `${refused} more in ${metric}`, JSON.stringify(rises));
    return;
  }
  const [first, ...others] = rises;
  expectThat(
    first?.[0] === 'inflight' && first[1] >= refused && others.length === 0,
    `${refused} more in http_server_shed_requests_total{reason="inflight"}, and none of another reason`,
    JSON.stringify(rises),
  );
}

function isShed({ contract }: Api, response: Response | undefined): boolean {
  return response?.status === 503 && (!contract.isOwn || /overloaded"/.test(response.text));
}
