import { describe, expect, test } from 'vitest';
import type { Row } from '../../src/verify/checks/row.js';
import { Crash, Hindrance, Mismatch } from '../../src/verify/http/expectations.js';
import { pause } from '../../src/verify/http/waiting.js';
import type { Result } from '../../src/verify/report/result.js';
import { ask } from '../../src/verify/runner.js';
import type { Session } from '../../src/verify/session.js';
import type { Station, Target } from '../../src/verify/target.js';

/** What was asked, as `begin ID` and `end ID` in the order of time, and the settings that each station had. */
interface Course {
  events: string[];
  settings: unknown[][];
}

function rowOf(id: string, course: Course, own: Partial<Row> = {}, ms = 20): Row {
  return {
    id,
    group: 'errors',
    title: id,
    expected: '',
    source: '',
    remedy: '',
    evidence: [],
    needs: [],
    quick: false,
    async run() {
      course.events.push(`begin ${id}`);
      await pause(ms);
      course.events.push(`end ${id}`);
    },
    ...own,
  };
}

function targetOf(course: Course, stations: number): Target {
  const opened: Station[] = [];
  return {
    name: 'made up',
    stations,
    lacks: () => undefined,
    leaves: (tier) => tier === 'edge',
    async station(place) {
      course.settings[place] ??= [];
      opened[place] ??= {
        async session(settings) {
          if (JSON.stringify(course.settings[place]!.at(-1)) !== JSON.stringify(settings))
            course.settings[place]!.push(settings);
          return { exchanges: [] } as unknown as Session;
        },
        async restore() {},
      };
      return opened[place];
    },
    async close() {},
  };
}

async function run(rows: (course: Course) => Row[], { stations = 2, bail = false } = {}) {
  const course: Course = { events: [], settings: [] };
  const asked = rows(course);
  const progress = { stage() {}, begin() {}, end() {} };
  const selection = { unwanted: () => undefined, judge: (result: Result) => result, bail };
  const results = await ask(
    asked,
    targetOf(course, stations),
    selection,
    progress,
    new AbortController().signal,
  );
  return { ...course, results, outcomes: results.map(({ row, outcome }: Result) => `${row.id} ${outcome}`) };
}

const other = { settings: { LIMIT: 1 } };

describe('a process that ends by itself', () => {
  /** @param ends by row, what restoring finds out after it */
  async function asked(ends: Record<string, Crash>, ids = ['A', 'B', 'C', 'D']) {
    const course: Course = { events: [], settings: [] };
    const failing = async () => {
      throw new Mismatch('an answer', 'ECONNRESET');
    };
    const rows = ids.map((id) => rowOf(id, course, id in ends ? { run: failing } : {}));
    const target = targetOf(course, 1);
    const station = await target.station(0);
    station.restore = async ({ id }) => {
      if (ends[id]) throw ends[id];
    };
    const results = await ask(
      rows,
      { ...target, foreign: true },
      { unwanted: () => undefined, judge: (result: Result) => result, bail: false },
      { stage() {}, begin() {}, end() {} },
      new AbortController().signal,
    );
    return results.map(({ row, outcome, reason, failure }) => [row.id, outcome, failure?.got ?? reason]);
  }

  test('is told once for one cause, with what it printed', async () => {
    const printed = (line: number) =>
      `ended by itself with code 1\nTypeError: x is undefined\n    at /app/server.js:${line}`;
    const another = 'ended by itself with code 137';
    expect(
      await asked({ A: new Crash(printed(4)), B: new Crash(printed(9)), D: new Crash(another) }),
    ).toEqual([
      ['A', 'failed', printed(4)],
      ['B', 'not-applicable', 'the process ends by itself as in A, for the same cause'],
      ['C', 'passed', ''],
      ['D', 'failed', another],
    ]);
  });

  test('and does not start again keeps the others from being asked', async () => {
    const end = new Crash('ended by itself with code 3', 'the process does not start again');
    expect(await asked({ B: end }, ['A', 'B', 'C'])).toEqual([
      ['A', 'passed', ''],
      ['B', 'failed', 'ended by itself with code 3'],
      ['C', 'not-applicable', 'the process does not start again: ended by itself with code 3 (B)'],
    ]);
  });
});

test('rows with other settings are asked at another station at the same time', async () => {
  const { events, settings, outcomes } = await run((course) => [
    rowOf('A', course),
    rowOf('B', course, other),
  ]);
  expect(events.slice(0, 2).sort()).toEqual(['begin A', 'begin B']);
  expect(settings.flat()).toHaveLength(2);
  expect(outcomes).toEqual(['A passed', 'B passed']);
});

test('rows with the same settings are asked one after another', async () => {
  const { events } = await run((course) => ['A', 'B', 'C'].map((id) => rowOf(id, course)));
  expect(events).toEqual(['begin A', 'end A', 'begin B', 'end B', 'begin C', 'end C']);
});

test('a row that is asked alone comes when no other is being asked, of the instances that are there', async () => {
  const { events, settings } = await run((course) => [
    rowOf('A', course, { ...other, alone: true }),
    rowOf('B', course),
    rowOf('C', course, other),
    rowOf('D', course, { last: true }),
  ]);
  expect(events.slice(-4)).toEqual(['begin A', 'end A', 'begin D', 'end D']);
  expect(settings.flat()).toHaveLength(2);
});

test('no station changes its instances when those that are there are wanted later', async () => {
  const { settings } = await run((course) => [
    rowOf('A', course, other, 1),
    rowOf('B', course, { ...other, alone: true }),
    ...Array.from({ length: 12 }, (_, place) => rowOf(`C${place}`, course, {}, 5)),
  ]);
  expect(settings).toEqual([[{}], [other.settings]]);
});

test('a long list of rows is shared by stations that have nothing else to do', async () => {
  const { events, settings } = await run((course) => [
    rowOf('A', course, other, 1),
    ...Array.from({ length: 12 }, (_, place) => rowOf(`B${place}`, course)),
  ]);
  expect(settings[1]).toEqual([other.settings, {}]);
  expect(new Set(events).size).toBe(26);
});

test('after a failure nothing more is asked, and nobody waits for the others', async () => {
  const start = performance.now();
  const { outcomes } = await run(
    (course) => [
      rowOf('A', course, { run: () => Promise.reject(new Error('wrong')) }),
      rowOf('B', course, other, 5000),
      rowOf('C', course),
      rowOf('D', course, { alone: true }),
    ],
    { bail: true },
  );
  expect(outcomes).toEqual(['A failed', 'B skipped', 'C skipped', 'D skipped']);
  expect(performance.now() - start).toBeLessThan(4000);
});

test('an error of a station ends the run', async () => {
  const course: Course = { events: [], settings: [] };
  const target = targetOf(course, 2);
  const station = target.station.bind(target);
  target.station = async (place) => {
    if (place === 1) throw new Error('no server');
    return station(place);
  };
  const rows = [rowOf('A', course, {}, 50), rowOf('B', course, other)];
  const progress = { stage() {}, begin() {}, end() {} };
  const selection = { unwanted: () => undefined, judge: (result: Result) => result, bail: false };
  await expect(ask(rows, target, selection, progress, new AbortController().signal)).rejects.toThrow(
    'no server',
  );
});

test('a row of a tier that is left to a balancer is not asked', async () => {
  const { events, results } = await run((course) => [
    rowOf('A', course),
    rowOf('B', course, { tier: 'server' }),
    rowOf('C', course, { tier: 'edge' }),
  ]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'left-to-balancer']);
  expect(results[2]!.reason).toContain('--balancer');
  expect(events).not.toContain('begin C');
});

describe('failures with one cause', () => {
  const failing = (course: Course, id: string, expected: string, got: string) =>
    rowOf(id, course, { run: () => Promise.reject(new Mismatch(expected, got)) });
  const rows = (course: Course) => [
    failing(course, 'A', 'POST answers with the values that were written', '"price" "994.00" and not "994"'),
    failing(
      course,
      'B',
      'GET /a → POST: POST answers with the values that were written (sequences with seed 1)',
      '"price" "5.00" and not "5"',
    ),
    failing(course, 'C', 'status 404', '"price" "5.00" and not "5"'),
  ];

  test('are one result where the API is foreign', async () => {
    const course: Course = { events: [], settings: [] };
    const selection = { unwanted: () => undefined, judge: (result: Result) => result, bail: false };
    const progress = { stage() {}, begin() {}, end() {} };
    const asked = rows(course);
    const target = { ...targetOf(course, 1), foreign: true };
    const results = await ask(asked, target, selection, progress, new AbortController().signal);
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'not-applicable', 'failed']);
    expect(results[1]!.reason).toBe('it fails as A does, for the same cause');
  });

  test('are told one by one of a generated project', async () => {
    expect((await run(rows)).outcomes).toEqual(['A failed', 'B failed', 'C failed']);
  });
});

describe('a row that hinders others', () => {
  const hindering = (course: Course, own: Partial<Row> = {}) =>
    rowOf('Z', course, {
      hinders: ({ id }) => id !== 'C',
      run: () => Promise.reject(new Hindrance('could not make an item', 'status 201', 'status 422')),
      ...own,
    });

  test('is asked first, and is the one result when it fails', async () => {
    const { events, results, outcomes } = await run(
      (course) => [rowOf('A', course), rowOf('B', course, other), rowOf('C', course), hindering(course)],
      { stations: 1 },
    );
    expect(outcomes).toEqual(['A not-applicable', 'B not-applicable', 'C passed', 'Z failed']);
    expect(results[0]!.reason).toBe('could not make an item: status 422 (Z)');
    expect(events.filter((event) => event.startsWith('begin'))).not.toContain('begin A');
  });

  test('takes the failures of others back that were asked meanwhile', async () => {
    const { outcomes } = await run((course) => [
      rowOf('B', course, { ...other, run: () => Promise.reject(new Mismatch('status 201', 'status 422')) }),
      hindering(course, {
        async run() {
          await pause(100);
          throw new Hindrance('could not make an item', 'status 201', 'status 422');
        },
      }),
    ]);
    expect(outcomes).toEqual(['B not-applicable', 'Z failed']);
  });

  test('hinders nothing when it fails for another reason, and comes after what hinders it', async () => {
    const { events, outcomes } = await run((course) => [
      hindering(course, { run: () => Promise.reject(new Mismatch('less', 'more')) }),
      rowOf('Y', course, { hinders: ({ id }) => id === 'Z' }),
      rowOf('A', course),
    ]);
    expect(outcomes).toEqual(['Z failed', 'Y passed', 'A passed']);
    expect(events[0]).toBe('begin Y');
  });

  test('is asked of a foreign API although it was not selected, and shown when it fails', async () => {
    for (const fails of [true, false]) {
      const course: Course = { events: [], settings: [] };
      const rows = [rowOf('A', course), hindering(course, fails ? {} : { run: async () => {} })];
      const selection = {
        unwanted: ({ id }: Row) => (id === 'Z' ? 'not among --only' : undefined),
        judge: (result: Result) => result,
        bail: false,
      };
      const target = { ...targetOf(course, 1), foreign: true };
      const progress = { stage() {}, begin() {}, end() {} };
      const results = await ask(rows, target, selection, progress, new AbortController().signal);
      expect(results.map(({ row, outcome }) => `${row.id} ${outcome}`)).toEqual(
        fails ? ['A not-applicable', 'Z failed'] : ['A passed', 'Z skipped'],
      );
    }
  });
});
