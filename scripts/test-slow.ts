// Runs the slow suites one after another. With BUDGET_S it leaves out those that would not end within that many seconds, and
// names them at the end. With --list, prints how to run each. usage: tsx scripts/test-slow.ts [--list]
import { execa } from 'execa';
import { argumentsOf, type Suite, suites } from './slow-suites.js';

const budgetS = Number(process.env.BUDGET_S ?? Number.POSITIVE_INFINITY);
const commandOf = (suite: Suite) => `npx vitest run ${argumentsOf(suite).join(' ')}`;

function list(): void {
  console.log('The slow suites (`npm run test:all` runs all of them):');
  for (const suite of suites) console.log(`  ${commandOf(suite).padEnd(62)}# about ${suite.seconds} s`);
}

/** Runs a suite. @returns whether it passed */
async function run(suite: Suite): Promise<boolean> {
  console.log(`== ${commandOf(suite)} (after ${elapsedS()} s)`);
  const { failed } = await execa('npx', ['vitest', 'run', ...argumentsOf(suite)], {
    stdio: 'inherit',
    reject: false,
  });
  return !failed;
}

const elapsedS = () => Math.round(performance.now() / 1000);

async function runAll(): Promise<void> {
  const failed: Suite[] = [];
  const left: Suite[] = [];
  for (const suite of suites)
    if (elapsedS() + suite.seconds > budgetS) left.push(suite);
    else if (!(await run(suite))) failed.push(suite);
  for (const suite of left) console.log(`not run, no time was left: ${commandOf(suite)}`);
  for (const suite of failed) console.log(`failed: ${commandOf(suite)}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

if (process.argv.includes('--list')) list();
else await runAll();
