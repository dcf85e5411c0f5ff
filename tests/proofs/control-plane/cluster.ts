import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { execa, type Result } from 'execa';
import fs from 'fs-extra';
import { until } from '../../../src/verify/http/waiting.js';
import { freePort } from '../../../src/verify/proxies/ports.js';
import type { Part } from '../kubernetes/objects.js';
import { programs } from './tools.js';

/** The control plane of a cluster: etcd, the API server, its controllers and the scheduler. It has no nodes. */
export class Cluster {
  readonly #processes: ChildProcess[] = [];
  #url = '';

  /** @param scratch a folder for keys, logs and data */
  private constructor(private readonly scratch: string) {}

  static async start(scratch: string): Promise<Cluster> {
    fs.ensureDirSync(scratch);
    const cluster = new Cluster(scratch);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const [store, peers, port, proxy] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const key = path.join(this.scratch, 'accounts.pem');
    await execa('openssl', ['genrsa', '-out', key, '2048']);
    const token = crypto.randomUUID();
    const tokens = path.join(this.scratch, 'tokens.csv');
    fs.writeFileSync(tokens, `${token},operator,1,system:masters\n`);
    this.#writeAccess(`https://127.0.0.1:${port}`, token);
    const access = `--kubeconfig=${this.#access}`;

    this.#run('etcd', [
      `--data-dir=${path.join(this.scratch, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${store}`,
      `--advertise-client-urls=http://127.0.0.1:${store}`,
      `--listen-peer-urls=http://127.0.0.1:${peers}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peers}`,
      `--initial-cluster=default=http://127.0.0.1:${peers}`,
      '--unsafe-no-fsync',
    ]);
    this.#run('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${store}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${path.join(this.scratch, 'certificates')}`,
      `--token-auth-file=${tokens}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      // Nobody asks the API server by an address of its own.
      '--advertise-address=192.0.2.1',
      '--endpoint-reconciler-type=none',
      // Nodes send no signs of life here.
      '--disable-admission-plugins=TaintNodesByCondition',
    ]);
    await this.#comes(async () => (await this.kubectl('get', '--raw=/readyz')).exitCode === 0);
    this.#run('kube-controller-manager', [
      access,
      `--service-account-private-key-file=${key}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--controllers=*,-node-lifecycle-controller',
      // What the metrics server says counts at once.
      '--horizontal-pod-autoscaler-sync-period=1s',
      '--horizontal-pod-autoscaler-cpu-initialization-period=1s',
      '--horizontal-pod-autoscaler-initial-readiness-delay=1s',
    ]);
    this.#run('kube-scheduler', [access, '--leader-elect=false', '--secure-port=0']);
    this.#run('kubectl', [access, 'proxy', `--port=${proxy}`]);
    this.#url = `http://127.0.0.1:${proxy}`;
    await this.#comes(() =>
      this.ask('GET', '/api/v1/namespaces/default/serviceaccounts/default').then(
        () => true,
        () => false,
      ),
    );
  }

  /** What the programs of an operator need. */
  get env(): Record<string, string> {
    return { PATH: `${programs}:${process.env.PATH}`, KUBECONFIG: this.#access };
  }

  kubectl(...args: string[]): Promise<Result<{ all: true; reject: false }>> {
    return execa('kubectl', args, { env: this.env, all: true, reject: false });
  }

  /** @throws Error with what the API server answers to it, if that is not 2xx */
  async ask(method: string, place: string, body?: object, type = 'application/json'): Promise<Part> {
    const response = await fetch(`${this.#url}${place}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': type } } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${place}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async close(): Promise<void> {
    for (const child of this.#processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
  }

  get #access(): string {
    return path.join(this.scratch, 'kubeconfig');
  }

  #writeAccess(server: string, token: string): void {
    fs.writeJsonSync(this.#access, {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'operator' } }],
      clusters: [{ name: 'here', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'operator', user: { token } }],
    });
  }

  #run(program: string, args: string[]): void {
    const log = fs.openSync(path.join(this.scratch, `${program}.log`), 'w');
    this.#processes.push(spawn(path.join(programs, program), args, { stdio: ['ignore', log, log] }));
    fs.closeSync(log);
  }

  /** @throws Error with the last lines of each program */
  async #comes(holds: () => Promise<boolean>): Promise<void> {
    if (await until(holds, 300_000)) return;
    const logs = fs.readdirSync(this.scratch).filter((name) => name.endsWith('.log'));
    const ends = logs.map(
      (name) => `${name}\n${fs.readFileSync(path.join(this.scratch, name), 'utf8').slice(-2000)}`,
    );
    throw new Error(`the control plane does not come up\n${ends.join('\n')}`);
  }
}
