import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import type { Requirement } from '../../requirements.js';
import { goProgram } from '../kubernetes/tools.js';

/** The folder of the programs, for PATH. Kept, as Go takes minutes to build them for the first time. */
export const programs = path.join(os.homedir(), '.cache/ci-control-plane');

const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kustomize'];

/** Builds Kubernetes from its modules. */
export const kubernetes: Requirement = {
  name: 'Go and the modules of Kubernetes',
  async provide() {
    const file = path.join(programs, 'programs');
    await execa(await goProgram(), ['build', '-ldflags=-s -w', '-o', file, '.'], {
      cwd: path.join(import.meta.dirname, 'programs'),
    });
    for (const name of names)
      if (!fs.existsSync(path.join(programs, name))) fs.symlinkSync(file, path.join(programs, name));
  },
};

/** @returns the folder with the resource definitions of the Gateway API */
export async function gatewayDefinitions(): Promise<string> {
  const args = ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/gateway-api'];
  const manifests = path.join(import.meta.dirname, '../kubernetes/manifests');
  await execa(await goProgram(), ['mod', 'download', 'sigs.k8s.io/gateway-api'], { cwd: manifests });
  const { stdout } = await execa(await goProgram(), args, { cwd: manifests });
  return path.join(stdout, 'config/crd/standard');
}
