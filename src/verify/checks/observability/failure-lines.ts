import { randomUUID } from 'node:crypto';
import type { Api, Instance, Mailbox } from '../../cluster/api.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import { askOnceForMail, newAccount } from '../shared/accounts.js';
import { absentItem } from '../shared/items.js';
import { isPromised, type Line, lineIn, withId } from '../shared/log-lines.js';

/** Logs may be collected for a moment before they are written. */
const writtenMs = 3000;
/** Reads while the shared cache fails, and the most lines that an instance may write about it. */
const [reads, mostLines] = [40, 5];
const recoveryMs = 10_000;
/** What every line has; the rest says why. */
const usual = ['timestamp', 'level', 'service', 'requestId', 'traceId', 'spanId', 'message'];

export const failureLines: Row[] = [
  {
    id: 'LG6',
    group: 'observability',
    title: 'a failing dependency leaves its cause in the log',
    expected:
      'a line of warning with the requestId and the cause for each 503 of the database or the mail server, and for a mail that is refused for its recipient, without the address; a few lines in all for a shared cache that fails, not one for each request',
    source:
      'OWASP ASVS V16.3.4 and V16.5.3; Google SRE Book, chapter 6; OWASP Logging Cheat Sheet, "Data to exclude"',
    remedy:
      'Log the error that a dependency failed with, once, where the request is refused; of a cache, log the changes of its state.',
    evidence: ['observed', 'resilient'],
    needs: ['started', 'logs', 'resource'],
    quick: false,
    async run(api) {
      const { hasDatabase, hasStore, mailbox } = api.fleet;
      if (!hasDatabase && !hasStore && !mailbox)
        throw new NotApplicable('the API has no database server, no cache server and no mail server');
      if (!isPromised(api, 'level') || !isPromised(api, 'requestId'))
        throw new NotApplicable(
          '`logFields` of verify.yaml does not say where lines have their level and the id of the request',
        );
      if (hasDatabase) await expectDatabaseTold(api);
      if (mailbox) await expectMailTold(api, mailbox);
      if (hasStore) await expectStoreTold(api);
    },
  },
];

async function expectDatabaseTold(api: Api): Promise<void> {
  const instance = api.fleet.instances[0]!;
  const path = absentItem(api);
  api.fleet.database.set({ kind: 'refuse' });
  const requestId = randomUUID();
  const response = await api.send({ path, as: 'reader', headers: withId(api, requestId), to: instance.url });
  expectThat(response.status >= 500, 'status 503 without a database', `status ${response.status}`);
  await warningOf(api, instance, requestId, 'of a request that the database failed');
  api.fleet.database.set({ kind: 'pass' });
  const back = async () =>
    (await api.send({ path, as: 'reader', to: instance.url, evidence: false })).status === 404;
  expectThat(await until(back, recoveryMs), 'the database to be asked again', 'status 503');
}

async function expectMailTold(api: Api, mailbox: Mailbox): Promise<void> {
  const instance = api.fleet.instances[0]!;
  const before = instance.lines().length;
  const outages: [what: string, status: number, begin: () => void][] = [
    ['that is refused for its recipient', 202, () => mailbox.refuse('recipient')],
    ['that is refused for now', 503, () => mailbox.refuse('text')],
    ['that no server takes', 503, () => mailbox.fail()],
  ];
  const { email } = newAccount();
  for (const [what, status, begin] of outages) {
    begin();
    const requestId = randomUUID();
    const response = await askOnceForMail(api, email, withId(api, requestId), instance.url);
    expectStatus(response, status);
    await warningOf(api, instance, requestId, `of a mail ${what}`);
    mailbox.restore();
  }
  const told = instance
    .lines()
    .slice(before)
    .find((line) => line.includes(email));
  expectThat(told === undefined, 'no e-mail address in the log', told?.slice(0, 500));
}

async function expectStoreTold(api: Api): Promise<void> {
  const instance = api.fleet.instances[0]!;
  const before = instance.lines().length;
  const warnings = () =>
    instance
      .lines()
      .slice(before)
      .map((line) => lineIn(api, line))
      .filter((line) => line !== undefined && isWarning(line)) as Line[];
  api.fleet.store.set({ kind: 'refuse' });
  for (let sent = 0; sent < reads; sent += 1)
    expectStatus(await api.send({ path: absentItem(api), as: 'reader', to: instance.url }), 404);
  await until(() => warnings().length > 0, writtenMs);
  await pause(writtenMs / 6);
  const lines = warnings();
  const shown = lines.map((line) => JSON.stringify(line)).join('\n');
  expectThat(lines.length > 0, 'a line of warning about a shared cache that fails', 'none');
  expectThat(
    lines.length <= mostLines,
    `${mostLines} lines at most about a shared cache that fails, after ${reads} reads`,
    `${lines.length}:\n${shown.slice(0, 1500)}`,
  );
  expectThat(lines.some(hasCause), 'the cause in a line about a shared cache that fails', shown);
}

/** Waits for a line of warning with that id and a cause. */
async function warningOf(api: Api, instance: Instance, requestId: string, what: string): Promise<void> {
  const own = () =>
    instance
      .lines()
      .filter((line) => line.includes(requestId))
      .map((line) => lineIn(api, line))
      .filter((line) => line?.requestId === requestId) as Line[];
  const told = (line: Line) => isWarning(line) && (!api.contract.isOwn || hasCause(line));
  await until(() => own().some(told), writtenMs);
  const lines = own();
  expectThat(
    lines.some(told),
    `a line of warning with the cause and "requestId": "${requestId}" ${what}`,
    lines.map((line) => JSON.stringify(line)).join('\n') || 'no line with that id',
  );
}

/** Warnings and errors, also in the numbers that loggers of Node.js have for them. */
function isWarning({ level }: Line): boolean {
  return typeof level === 'number' ? level >= 40 : /^(warn|err|fatal|crit)/i.test(String(level));
}

/** Whether a line has more than every line has. */
function hasCause(line: Line): boolean {
  return Object.entries(line).some(([name, value]) => !usual.includes(name) && value != null && value !== '');
}
