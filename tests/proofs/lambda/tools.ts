import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import type { Requirement } from '../../requirements.js';

const images = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../../templates/versions/Dockerfile'),
  'utf8',
);
/** That of the image which projects name. */
const [, version] = /^FROM \S+:(\S+) AS lambda-adapter$/m.exec(images)!;
const folder = path.join(os.homedir(), '.cache/ci-lambda', version!);
/** AWS' Lambda Web Adapter. */
export const adapter = path.join(folder, 'bin/lambda-adapter');

/** Builds the adapter from its crate, once a version. */
export const adapterProgram: Requirement = {
  name: 'lambda_web_adapter (Cargo)',
  async provide() {
    if (fs.existsSync(adapter)) return;
    const options = ['--quiet', '--locked', '--root', folder, '--version', version!];
    await execa('cargo', ['install', ...options, 'lambda_web_adapter']);
  },
};
