import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { blocksOf } from '../kubernetes/release.js';
import type { Cluster } from './cluster.js';
import type { Nodes } from './nodes.js';

/** What README.md has its reader set. */
const variables = {
  PGPASSWORD: 'a p@ss/word#100%',
  CA_FILE: '/etc/ssl/certs/ca-certificates.crt',
  REDIS_URL: 'rediss://cache.example.com:6379',
  REGISTRY_USER: 'reader',
  REGISTRY_PASSWORD: 'secret',
};

/** A checkout of a project, whose commands act on a cluster. */
export class Checkout {
  constructor(
    readonly folder: string,
    private readonly cluster: Cluster,
    private readonly nodes: Nodes,
  ) {}

  /** Another checkout of it, as it is at this moment. */
  copy(): Checkout {
    const folder = `${this.folder}-copy`;
    fs.copySync(this.folder, folder);
    return new Checkout(folder, this.cluster, this.nodes);
  }

  /** Runs lines of a shell. */
  run(lines: string) {
    // A release waits for as long as Kubernetes does. All that it runs ends with it.
    return execa('timeout', ['600', 'sh', '-eu', '-c', lines], {
      cwd: this.folder,
      env: { ...variables, ...this.cluster.env },
      all: true,
      reject: false,
    });
  }

  /** Runs the block of shell commands in README.md that `pattern` matches, word by word. */
  async follow(pattern: RegExp): Promise<void> {
    const blocks = blocksOf(this.folder).filter((block) => pattern.test(block));
    expect(blocks, String(pattern)).toHaveLength(1);
    const { exitCode, all } = await this.run(blocks[0]!);
    const refused = [...this.nodes.refused.values()];
    expect(exitCode, [blocks[0], all, ...refused].join('\n')).toBe(0);
  }

  /** Runs `deploy/kubernetes/release`. */
  release(environment: string, version: string) {
    return this.run(`deploy/kubernetes/release ${environment} registry.example.com/shop:${version}`);
  }

  /** Has the cluster wait for seconds in what it waits minutes for. */
  shortenWaits(): void {
    this.#change('production/kustomization.yaml', (document) => {
      document.patches = [
        ...(document.patches ?? []),
        {
          target: { kind: 'Deployment', name: 'api' },
          patch: stringify([{ op: 'replace', path: '/spec/progressDeadlineSeconds', value: 60 }]),
        },
        {
          target: { kind: 'HorizontalPodAutoscaler', name: 'api' },
          patch: stringify([
            { op: 'replace', path: '/spec/behavior/scaleDown/stabilizationWindowSeconds', value: 5 },
            { op: 'replace', path: '/spec/behavior/scaleDown/policies/0/periodSeconds', value: 5 },
          ]),
        },
      ];
    });
  }

  /** Adds a line to the settings of an environment. */
  set(environment: string, line: string): void {
    fs.appendFileSync(this.#file(`${environment}/settings.env`), `${line}\n`);
  }

  #change(name: string, change: (document: Record<string, object[]>) => void): void {
    const document = parse(fs.readFileSync(this.#file(name), 'utf8'));
    change(document);
    fs.writeFileSync(this.#file(name), stringify(document));
  }

  #file(name: string): string {
    return path.join(this.folder, 'deploy/kubernetes/overlays', name);
  }
}
