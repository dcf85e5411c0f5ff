import fs from 'fs-extra';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { nodeApiKeys, pythonApiKeys } from '/tmp/wt/apikey/tests/verify/mutants/api-keys.ts';
const [p, which = '0'] = process.argv.slice(2);
const own = p === 'fa' ? pythonApiKeys : nodeApiKeys;
for (const at of which === 'all' ? own.keys() : which.split(',').map(Number)) {
  const m = own[at]!;
  const from = `/tmp/apikey-p/${p}`, to = `/tmp/apikey-p/${p}-mutant`;
  fs.removeSync(to);
  fs.copySync(from, to, { filter: (f) => !['node_modules', '.venv', '.data'].includes(path.basename(f)) });
  for (const i of ['node_modules', '.venv']) if (fs.existsSync(`${from}/${i}`)) fs.symlinkSync(`${from}/${i}`, `${to}/${i}`);
  const file = path.join(to, m.file); const text = fs.readFileSync(file, 'utf8');
  if (text.split(m.from as string).length !== 2) { console.log(p, m.name, 'MISFIT'); continue; }
  fs.writeFileSync(file, text.replace(m.from as string, () => m.to));
  let out = '';
  try { out = execFileSync('npx', ['tsx', 'src/cli.ts', 'verify', to, '--no-build', '--only', 'AU7,AU1,AU3'], { cwd: '/tmp/wt/apikey', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }); console.log(p, m.name, 'ESCAPED'); }
  catch (e: any) { console.log(p, m.name, '->', (e.stdout + e.stderr).split('\n').filter((l: string) => /^(ok|not ok|failed|FAIL)|expected|got/i.test(l)).slice(0, 8).join(' | ')); }
}
