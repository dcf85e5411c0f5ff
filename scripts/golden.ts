import path from 'node:path';
import fs from 'fs-extra';
import { goldenFolder, goldenProjects } from '../tests/matrix/golden.js';

// npm run golden: renews the projects that are kept, one of each framework. Read the difference before it is committed.
fs.removeSync(goldenFolder);
for (const [framework, files] of goldenProjects()) {
  for (const [file, { text, executable }] of files)
    fs.outputFileSync(path.join(goldenFolder, framework, file), text, { mode: executable ? 0o755 : 0o644 });
}
