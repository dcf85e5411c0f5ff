import type { Api, Instance } from '../../cluster/api.js';
import { expectThat, summary } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { madeLine, madeStatuses } from '../shared/items.js';
import { halfOfAWrite, refuses, slackMs } from './draining.js';

/** How soon after the first signal the others come: as from a terminal and from the package manager below it. */
const betweenSignalsMs = 100;
const goodCodes = [0, 130, 143];

export const signals: Row[] = [
  {
    id: 'GS3',
    revision: 2,
    group: 'lifecycle',
    title: 'signals besides SIGTERM',
    expected:
      'SIGINT drains as SIGTERM does, whatever signals follow (in a generated project): service for DRAIN_DELAY_MS, requests in progress finished, exit code 0, 130 or 143 before SHUTDOWN_TIMEOUT_MS; SIGPIPE changes nothing',
    source:
      'POSIX.1-2017, "General Terminal Interface" (INTR) and "Signal Concepts"; Docker documentation, "STOPSIGNAL"',
    remedy:
      'Handle SIGINT by the same function as SIGTERM, do nothing when it runs already, and ignore SIGPIPE.',
    evidence: ['stateless'],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances.at(-1)!;
      const delayMs = Number(api.fleet.settings.DRAIN_DELAY_MS);
      const lastMs = Number(api.fleet.settings.SHUTDOWN_TIMEOUT_MS);
      instance.signal('SIGPIPE');
      await pause(betweenSignalsMs);
      await expectService(api, instance, 'after SIGPIPE');
      const upload = await halfOfAWrite(api, instance);
      const start = performance.now();
      // Elsewhere, a second signal may mean that somebody does not want to wait any longer.
      for (const name of api.contract.isOwn
        ? (['SIGINT', 'SIGINT', 'SIGTERM'] as const)
        : (['SIGINT'] as const)) {
        instance.signal(name);
        await pause(betweenSignalsMs);
        if (delayMs > 0) await expectService(api, instance, `after ${name}`);
      }
      const ready = await api.trySend({ path: '/readyz', to: instance.url });
      expectThat(refuses(ready, delayMs), '/readyz to answer 503 after SIGINT', ready?.status ?? 'no answer');
      while (performance.now() - start < delayMs - slackMs) {
        await expectService(api, instance, `for ${delayMs} ms after SIGINT`);
        await pause(50);
      }
      await pause(start + delayMs + slackMs - performance.now());
      upload.rest();
      const answer = await upload.connection.received(/\r\n\r\n[\s\S]*\}/, 5000);
      upload.connection.end();
      expectThat(
        madeLine(api).test(answer),
        `${madeStatuses(api).join(' or ')} for a request that was in progress at SIGINT`,
        answer.slice(0, 200) || 'nothing',
      );
      const end = await Promise.race([instance.ended(), pause(start + lastMs - performance.now())]);
      expectThat(end !== undefined, `the process to end within ${lastMs} ms`, 'it still runs');
      expectThat(
        goodCodes.includes(end.code ?? -1) || end.signal === 'SIGINT' || end.signal === 'SIGTERM',
        `exit code ${goodCodes.join(', ')}`,
        `code ${end.code}, signal ${end.signal}`,
      );
    },
  },
];

async function expectService(api: Api, { url }: Instance, when: string): Promise<void> {
  const response = await api.trySend({ path: `${api.resource.path}?limit=1`, as: 'reader', to: url });
  expectThat(response?.status === 200, `service ${when}`, response ? summary(response) : 'no answer');
}
