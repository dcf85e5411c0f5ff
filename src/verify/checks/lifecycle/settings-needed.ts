import { expectThat } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';

/** A process that goes on is found out as soon as it serves. */
const endMs = 180_000;
const mostCharacters = 300;

export const neededSettings: Row[] = [
  {
    id: 'CF1',
    group: 'lifecycle',
    title: 'a start without a setting that it needs',
    expected:
      'the process ends with a code other than 0 and one line that names the setting, even when the environment does not say that it is production',
    source: 'OWASP ASVS V13.4 (unintended use of development settings); The Twelve-Factor App, III',
    remedy:
      'Check all settings before anything else, and relax none unless development mode is set explicitly.',
    evidence: ['stateless'],
    needs: ['started'],
    quick: false,
    async run(api) {
      if (api.fleet.required.length === 0) throw new NotApplicable('no setting is required');
      const endings = await Promise.all(
        api.fleet.required.map(async (name) => ({ name, ending: await api.fleet.startWithout(name, endMs) })),
      );
      for (const { name, ending } of endings) {
        expectThat(
          ending !== undefined,
          `the process to end when ${name} is not set`,
          'a process that goes on',
        );
        const { code, signal, lines } = ending;
        const printed = lines.filter((line) => line.trim() !== '');
        expectThat(
          code !== null && code > 0,
          `a code other than 0 when ${name} is not set`,
          signal ? `signal ${signal}` : `code ${code}`,
        );
        expectThat(
          printed.length === 1 && printed[0]!.includes(name) && printed[0]!.length <= mostCharacters,
          `one line that names ${name}`,
          printed.length === 0 ? 'nothing' : printed.slice(0, 10).join('\n'),
        );
      }
    },
  },
];
