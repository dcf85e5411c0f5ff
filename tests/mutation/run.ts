import fs from 'fs-extra';
import { commandLine } from './ask.js';
import type { Mutant } from './change.js';
import { Coverage } from './coverage.js';
import { Judge } from './judge.js';
import type { Result, Results } from './results.js';
import { startServers } from './servers.js';
import { type Survivor, Waiting } from './waiting.js';
import { Workshop } from './workshop.js';

/** Mutants that share the long run of `verify`: more of them fail more rows, which each is asked again. */
const groupSize = 8;

export interface Plan {
  choices: ConstructorParameters<typeof Workshop>[0];
  /** Mutants, in the order in which they are judged. */
  order: readonly Mutant[];
  /** How many valid mutants are judged. */
  sample: number;
  /** How long new mutants are taken, in minutes. */
  minutes: number;
  /** Runs of `verify` at once. */
  concurrency: number;
  /** Verdicts of earlier runs; new ones are added. */
  kept: Results;
}

/** Judges mutants in their order until enough of them are valid. */
export async function run(
  { choices, order, sample, minutes, concurrency, kept }: Plan,
  signal: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  const workshop = new Workshop(choices, stopped);
  const servers = await startServers(workshop.whole);
  const judge = new Judge(workshop.whole, commandLine(stopped), commandLine(stopped, servers.env));
  workshop.coverage = await Coverage.of(workshop.whole, kept.coverageFile, (env) =>
    commandLine(stopped, env),
  );
  const waiting = new Waiting(groupSize);
  let valid = 0;
  let judged = 0;
  const begin = performance.now();
  const end = performance.now() + minutes * 60_000;
  let next = 0;
  /** Of valid mutants, and of those that may turn out to be. */
  let taken = 0;
  const conclude = (result: Result) => {
    valid++;
    const by = 'row' in result ? ` by ${result.row}` : '';
    const { outcome, file, line, operator, hash } = result;
    console.error(`${valid}/${sample} ${outcome}${by}: ${file}:${line} ${operator} ${hash}`);
  };
  const judgeQuickly = async (mutant: Mutant) => {
    const known = kept.of(mutant);
    const isAskedAgain = known?.outcome === 'waiting' || known?.outcome === 'unclear';
    if (known && !isAskedAgain) return known.outcome === 'invalid' ? taken-- : conclude(known);
    const made = await workshop.make(mutant);
    const about = withoutText(mutant);
    if ('invalid' in made) {
      kept.keep({ ...about, outcome: 'invalid', got: made.invalid });
      taken--;
      return;
    }
    judged += 1;
    const verdict = made.isRun
      ? known?.outcome === 'waiting'
        ? undefined
        : await judge.quickly(made.folder)
      : ({ outcome: 'escaped', isRun: false } as const);
    kept.keep({ ...about, ...(verdict ?? { outcome: 'waiting' }) });
    if (!verdict) return waiting.add({ mutant, made });
    fs.removeSync(made.folder);
    conclude({ ...about, ...verdict });
  };
  const judgeTogether = async (group: readonly Survivor[]) => {
    const made = new Map(group.map((survivor) => [survivor.made.folder, survivor.made]));
    const verdicts = await judge.rest([...made.keys()], async (folders) => {
      const combined = workshop.combine(folders.map((folder) => made.get(folder)!));
      return combined.folder;
    });
    group.forEach(({ mutant, made }, place) => {
      const result = { ...withoutText(mutant), ...verdicts[place]! };
      kept.keep(result);
      conclude(result);
      fs.removeSync(made.folder);
    });
  };
  const work = async () => {
    for (;;) {
      const isLast = taken >= sample || next >= order.length || performance.now() > end;
      const group = waiting.take(isLast);
      if (group) await judgeTogether(group);
      else if (isLast) return;
      else {
        taken++;
        await judgeQuickly(order[next++]!);
      }
    }
  };
  const workers = Array.from({ length: concurrency }, () => work().catch((error) => failure.abort(error)));
  await Promise.all(workers);
  await servers.close();
  workshop.remove();
  stopped.throwIfAborted();
  const seconds = (performance.now() - begin) / 1000;
  if (judged > 0) console.error(`${judged} judged now, ${Math.round(seconds / judged)} s each`);
  console.error(`results are kept in ${kept.file}`);
}

export function withoutText({ text: _, ...about }: Mutant): Omit<Mutant, 'text'> {
  return about;
}
