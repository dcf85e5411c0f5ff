import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import type { Requirement } from '../requirements.js';

const folder = path.join(os.homedir(), '.cache/ci-prometheus');
/** Where `prometheus` and `promtool` are. */
export const prometheusPrograms = path.join(folder, 'usr/bin');

/** Debian's Prometheus, unpacked and not installed: it would start a service. */
export const prometheusPackage: Requirement = {
  name: 'prometheus (Debian)',
  async provide() {
    if (fs.existsSync(path.join(prometheusPrograms, 'promtool'))) return;
    fs.ensureDirSync(folder);
    await execa('apt-get', ['download', '-qq', 'prometheus'], { cwd: folder });
    const file = fs.readdirSync(folder).find((name) => name.endsWith('.deb'))!;
    await execa('dpkg', ['-x', file, '.'], { cwd: folder });
    fs.removeSync(path.join(folder, file));
  },
};
