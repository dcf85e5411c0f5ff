// Tools that know nothing of this generator judge two of its projects: npx tsx .ci/judges
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { judgeDocument } from './documents.js';
import { make, type Project, projects, start } from './projects.js';
import { judgeRequests } from './requests.js';
import { judgeSlowClients } from './slow-clients.js';
import { installTools, type Verdict } from './tools.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'judges-'));
// A database that root starts as another user has its programs in it.
fs.chmodSync(folder, 0o755);
const tools = path.join(folder, 'tools');
let disagreed = 0;

function tell({ tool, project, agrees, said }: Verdict): void {
  if (!agrees) disagreed += 1;
  console.log(`${tool.padEnd(12)}  ${project}  ${agrees ? `agrees: ${said}` : `does not agree:\n${said}`}`);
}

try {
  const [directories] = await Promise.all([
    Promise.all(projects.map((project) => make(project, folder))),
    installTools(tools),
  ]);
  for (const [place, project] of projects.entries())
    for (const verdict of await judgeDocument(project, directories[place]!, tools)) tell(verdict);
  const instances: Awaited<ReturnType<typeof start>>[] = [];
  try {
    for (const [place, project] of projects.entries())
      instances.push(await start(project, directories[place]!));
    const all = <Value>(ask: (project: Project, place: number) => Promise<Value>) =>
      Promise.all(projects.map(ask));
    (await all((project, place) => judgeRequests(project, instances[place]!, tools))).forEach(tell);
    // Not at the same time: how long others wait is measured.
    (await all((project, place) => judgeSlowClients(project, instances[place]!, folder))).forEach(tell);
  } finally {
    for (const { close } of instances) await close();
  }
} finally {
  fs.removeSync(folder);
}
process.exitCode = disagreed === 0 ? 0 : 1;
