import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Servers } from '../../src/verify/dependencies.js';
import { OwnFleet } from '../../src/verify/fleet.js';
import { readProject } from '../../src/verify/manifest.js';
import { newSecrets } from '../../src/verify/settings.js';
import { openCollector } from '../../src/verify/trace-collector.js';

/** Starts a built project with servers of its own, two instances where it may have so many. */
export async function startFleet(directory: string, settings: Record<string, string | number> = {}) {
  const project = readProject(directory);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'load-'));
  // A server that root starts as another user needs a way to its data.
  fs.chmodSync(scratch, 0o755);
  const servers = await Servers.start(project, scratch);
  const collector = await openCollector();
  const fleet = await OwnFleet.start({
    project,
    servers,
    secrets: newSecrets(project.env),
    name: `load_${process.pid}`,
    count: Math.min(2, project.instances),
    settings,
    collector,
    signal: new AbortController().signal,
  });
  return {
    fleet,
    close: async () => {
      await fleet.close();
      await collector.close();
      await servers.close();
      fs.rmSync(scratch, { recursive: true, force: true });
    },
  };
}
