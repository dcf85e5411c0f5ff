// Tools that know nothing of this generator judge projects of every framework: npx tsx .ci/judges
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { notRun, Passed } from '../../tests/passed.js';
import { judgeDocument } from './documents.js';
import { make, type Project, projects, start } from './projects.js';
import { judgeRequests } from './requests.js';
import { judgeSlowClients } from './slow-clients.js';
import { installTools, type Verdict } from './tools.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'judges-'));
// A database that root starts as another user has its programs in it.
fs.chmodSync(folder, 0o755);
const tools = path.join(folder, 'tools');
const passed = new Passed('judges', ['.ci/judges'], notRun);
let disagreed = 0;

function tell({ tool, project, agrees, said }: Verdict): void {
  if (!agrees) disagreed += 1;
  console.log(`${tool.padEnd(12)}  ${project}  ${agrees ? `agrees: ${said}` : `does not agree:\n${said}`}`);
}

/** Has two projects at a time judged, as that is what a small machine can run. */
async function judge(pair: readonly Project[]): Promise<void> {
  const before = disagreed;
  const directories: string[] = [];
  for (const project of pair) directories.push(await make(project, folder));
  for (const [place, project] of pair.entries())
    for (const verdict of await judgeDocument(project, directories[place]!, tools)) tell(verdict);
  const instances: Awaited<ReturnType<typeof start>>[] = [];
  try {
    for (const [place, project] of pair.entries()) instances.push(await start(project, directories[place]!));
    const all = <Value>(ask: (project: Project, place: number) => Promise<Value>) =>
      Promise.all(pair.map(ask));
    (await all((project, place) => judgeRequests(project, instances[place]!, tools))).forEach(tell);
    // Not at the same time: how long others wait is measured.
    (await all((project, place) => judgeSlowClients(project, instances[place]!, folder))).forEach(tell);
  } finally {
    for (const { close } of instances) await close();
  }
  if (disagreed === before) for (const project of pair) passed.record(project);
}

try {
  const open = projects.filter((project) => !passed.has(project));
  for (const { name } of projects.filter((project) => !open.includes(project)))
    console.log(`${name} has been judged as it is`);
  if (open.length > 0) await installTools(tools);
  for (let place = 0; place < open.length; place += 2) await judge(open.slice(place, place + 2));
} finally {
  fs.removeSync(folder);
}
process.exitCode = disagreed === 0 ? 0 : 1;
