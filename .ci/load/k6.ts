import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

/** The k6 of the version that projects name, built from its module. Returns its program. */
export async function installK6(): Promise<string> {
  const images = fs.readFileSync('templates/versions/Dockerfile', 'utf8');
  const [, version] = /^FROM grafana\/k6:(\S+) AS k6$/m.exec(images)!;
  const program = path.join(os.homedir(), `.cache/ci-go/k6-v${version}`);
  if (fs.existsSync(program)) return program;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'k6-'));
  try {
    const module = `go.k6.io/k6/v${version!.split('.')[0]}`;
    fs.writeFileSync(
      path.join(folder, 'go.mod'),
      `module tools\n\ngo 1.25\n\nrequire ${module} v${version}\n`,
    );
    await execa('go', ['build', '-mod=mod', '-o', program, module], { cwd: folder });
    return program;
  } finally {
    fs.removeSync(folder);
  }
}
