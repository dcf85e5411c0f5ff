// The rules and the dashboard of projects are asked of a real Prometheus that scrapes real instances under load:
// npx tsx .ci/observability
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { ProjectTarget } from '../../src/verify/project-target.js';
import { type Combination, Passed } from '../../tests/passed.js';
import { make } from '../judges/projects.js';
import { installPrometheus, Prometheus } from './prometheus.js';
import { panelsOf, type Question, rulesOf, selectionsOf } from './questions.js';
import { use } from './use.js';

const shared = { database: 'postgresql', cache: 'redis', auth: 'jwt' };
const combinations: readonly Combination[] = ['fastify', 'fastapi'].map((framework) => ({
  choices: { framework, ...shared },
}));
// Small enough to be reached.
const settings = { RATE_LIMIT_WRITE: 10, MAX_INFLIGHT: 8 };
const passed = new Passed('observability', ['.ci/observability']);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'observability-'));
// A database that root starts as another user has its programs in it.
fs.chmodSync(folder, 0o755);
let wrong = 0;

function tell(name: string, checked: string, faults: readonly string[]): void {
  wrong += faults.length;
  console.log(`${name}: ${checked}${faults.length === 0 ? '' : ` ${faults.length} wrong`}`);
  for (const fault of faults) console.log(`  ${fault}`);
}

/** The questions that are answered with nothing, or not at all. */
async function unanswered(prometheus: Prometheus, questions: readonly Question[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { of, expr } of questions) {
    const answer = await prometheus.query(expr).catch((error: Error) => error);
    if (answer instanceof Error) faults.push(`${of}: ${answer.message}: ${expr}`);
    else if (!answer.some(({ value }) => Number.isFinite(value))) faults.push(`${of}: no data: ${expr}`);
  }
  return faults;
}

async function prove(combination: Combination, programs: string): Promise<void> {
  const name = combination.choices.framework!;
  const before = wrong;
  const project = { ...combination, name, accounts: true, list: '', open: '' };
  const directory = await make(project, folder);
  const configuration = path.join(directory, 'observability/prometheus');
  for (const args of [
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'],
    ['test', 'rules', 'tests.yml'],
  ]) {
    const { exitCode, all } = await execa(path.join(programs, 'promtool'), args, {
      cwd: configuration,
      all: true,
      reject: false,
    });
    tell(name, `promtool ${args.join(' ')}`, exitCode === 0 ? [] : [all]);
  }
  const { signal } = new AbortController();
  const target = await ProjectTarget.open(directory, { build: true, stage: () => {}, signal });
  const session = await target.session(settings);
  const targets = session.fleet.instances.map(({ managementUrl }) => new URL(managementUrl).host);
  const prometheus = await Prometheus.start({ programs, configuration, scratch: folder, job: name, targets });
  try {
    await prometheus.scraped(8);
    const alerts = await prometheus.query('ALERTS{alertname!="ApiTooFewInstances"}');
    tell(
      name,
      'no alert while nothing happens',
      alerts.map(({ labels }) => JSON.stringify(labels)),
    );

    await use(session, 20_000);
    const rules = rulesOf(directory);
    const selections = selectionsOf(rules);
    tell(name, `${selections.length} selections of rules exist`, await unanswered(prometheus, selections));
    const panels = panelsOf(directory, name);
    tell(name, `${panels.length} queries of panels answer`, await unanswered(prometheus, panels));
    const refused: string[] = [];
    for (const { of, expr } of rules)
      await prometheus.query(expr).catch((error: Error) => refused.push(`${of}: ${error.message}`));
    tell(name, `${rules.length} expressions of rules are understood`, refused);
  } finally {
    await prometheus.close();
    await target.close();
  }
  if (wrong === before) passed.record(combination);
}

try {
  const open = combinations.filter((combination) => !passed.has(combination));
  const programs = open.length > 0 ? await installPrometheus(folder) : '';
  for (const combination of open) await prove(combination, programs);
  if (open.length < combinations.length) console.log('observability: the rest has passed as it is');
} finally {
  fs.removeSync(folder);
}
process.exitCode = wrong === 0 ? 0 : 1;
