import type { Api, SettingBounds } from '../../cluster/api.js';
import { expectThat } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';

/** A process that goes on is found out as soon as it serves. */
const endMs = 180_000;

/** A value of a setting, and whether it must be refused. */
interface Given {
  name: string;
  value: string;
  wrong: boolean;
}

export const settingBounds: Row[] = [
  {
    id: 'CF2',
    group: 'lifecycle',
    title: 'a start with numbers out of their bounds',
    expected:
      'the process ends with a code other than 0, names each setting that is below its minimum, above its maximum or no number, and names none that is at its bound',
    source: 'OWASP ASVS V13.4; The Twelve-Factor App, III',
    remedy: 'Compare each number with its bounds at the start, and report all that are wrong at once.',
    evidence: ['stateless'],
    needs: ['started'],
    quick: false,
    async run(api) {
      const { bounds } = api.fleet;
      if (bounds.length === 0) throw new NotApplicable('no setting has bounds');
      // Half of the settings stand at a bound and must be accepted, then the other half.
      const rounds = [0, 1].flatMap((half) => [
        bounds.map((bound, place) => beside(bound, 'min', place % 2 === half)),
        bounds.map((bound, place) => beside(bound, 'max', place % 2 === half)),
      ]);
      const texts = bounds.map(({ name }) => ({ name, value: 'many', wrong: true }));
      await Promise.all([...rounds, texts].map((given) => expectRefused(api, given)));
    },
  },
];

function beside({ name, min, max }: SettingBounds, end: 'min' | 'max', wrong: boolean): Given {
  const value = end === 'min' ? min - Number(wrong) : max + Number(wrong);
  return { name, value: String(value), wrong };
}

async function expectRefused(api: Api, given: readonly Given[]): Promise<void> {
  const settings = Object.fromEntries(given.map(({ name, value }) => [name, value]));
  const ending = await api.fleet.startWith(settings, endMs);
  const wrong = given.filter((entry) => entry.wrong);
  const told = wrong.map(({ name, value }) => `${name}=${value}`).join(' ');
  expectThat(ending !== undefined, `the process to end with ${told}`, 'a process that goes on');
  const { code, signal, lines } = ending;
  expectThat(
    code !== null && code > 0,
    `a code other than 0 with ${told}`,
    signal ? `signal ${signal}` : `code ${code}`,
  );
  const printed = lines.join('\n');
  const named = ({ name }: Given) => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(printed);
  for (const entry of given)
    expectThat(
      named(entry) === entry.wrong,
      `${entry.name}=${entry.value} to be ${entry.wrong ? 'refused' : 'accepted'}`,
      printed.slice(0, 2000) || 'nothing printed',
    );
}
