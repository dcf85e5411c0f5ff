import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

/** Stands in for kubectl and kustomize: keeps what it was called with, and answers as the variables say. */
const standIn = `#!/bin/bash
printf '%s\\n' "$(basename "$0") \${*//$'\\n'/\\\\n}" >>"$CALLS"
case "$*" in
  *'get job'*) printf %s "$JOB" ;;
  *"rollout status deployment/\${UNREADY:-none}"*) exit 1 ;;
esac
`;

async function run(command: string, place: string, env: Record<string, string>) {
  const bin = path.join(place, '.stand-ins');
  const calls = path.join(bin, 'calls');
  fs.outputFileSync(calls, '');
  for (const name of ['kubectl', 'kustomize'])
    fs.outputFileSync(path.join(bin, name), standIn, { mode: 0o755 });
  const { exitCode, all } = await execa('sh', ['-eu', '-c', command], {
    cwd: place,
    env: { PATH: `${bin}:${process.env.PATH}`, CALLS: calls, ...env },
    all: true,
    reject: false,
    timeout: 20_000,
  });
  return { exitCode, all, calls: fs.readFileSync(calls, 'utf8').trim().split('\n') };
}

/** Keys of secrets, by `namespace/name`. */
export type Secrets = Record<string, string[]>;

/** Runs the commands of README.md that make secrets. */
export async function makeSecrets(place: string): Promise<Secrets> {
  const readme = fs.readFileSync(path.join(place, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!);
  const made: Secrets = {};
  for (const block of blocks.filter((each) => each.includes('kubectl create secret'))) {
    const { exitCode, all, calls } = await run(block, place, {
      PGPASSWORD: 'secret',
      CA_FILE: '/etc/ssl/certs/ca-certificates.crt',
      REDIS_URL: 'rediss://cache.example.com:6379',
    });
    if (exitCode !== 0) throw new Error(`README.md: ${block}\n${all}`);
    for (const call of calls) {
      const [, name, namespace, rest] = /create secret generic (\S+) --namespace (\S+) (.*)/.exec(call) ?? [];
      if (!rest) continue;
      const values = [...rest.matchAll(/--from-(?:literal|file)=([\w.]+)=(.*?)(?= --from|$)/g)];
      made[`${namespace}/${name}`] = values.map(([, key]) => key!);
      for (const [, key, value] of values) {
        if (/SECRET$/.test(key!) && value!.length < 32) throw new Error(`${key} is too short: ${value}`);
        if (/PRIVATE_KEY$/.test(key!) && !value!.startsWith('-----BEGIN PRIVATE KEY-----'))
          throw new Error(`${key} is no PKCS#8 key`);
      }
    }
  }
  return made;
}

/** Runs the release script against stand-ins. @returns what it did that it should not */
export async function tryRelease(place: string): Promise<string[]> {
  const image = 'registry.example.com/shop@sha256:0';
  const release = (env: Record<string, string>) =>
    run(`deploy/kubernetes/release production ${image}`, place, env);
  const done = 'SuccessCriteriaMet Complete';
  const good = await release({ JOB: done });
  const failed = await release({ JOB: 'FailureTarget Failed' });
  const unready = await release({ JOB: done, UNREADY: 'api' });
  const steps = [
    `kustomize edit set image shop=${image}`,
    'kubectl --namespace shop delete job migrate --ignore-not-found',
    'kubectl apply -k migrate',
    'kubectl --namespace shop get job migrate -o jsonpath={.status.conditions[?(@.status=="True")].type}',
    'kubectl --namespace shop logs job/migrate',
  ];
  const rollout = [
    'kubectl apply -k .',
    ...['pooler', 'api'].map((name) => `kubectl --namespace shop rollout status deployment/${name}`),
  ];
  const expected: [string, typeof good, number, string[]][] = [
    ['a release', good, 0, [...steps, ...rollout]],
    ['a release whose migrations fail', failed, 1, steps],
    [
      'a release that does not become ready',
      unready,
      1,
      [...steps, ...rollout, 'kubectl --namespace shop rollout undo deployment/api'],
    ],
  ];
  const wrong = expected.flatMap(([what, { exitCode, calls, all }, code, wanted]) =>
    exitCode === code && calls.join('\n') === wanted.join('\n')
      ? []
      : [`${what} left with ${exitCode} after ${calls.join('; ')}: ${all}`],
  );
  const { exitCode, all } = await run('deploy/kubernetes/release', place, {});
  if (exitCode === 0 || !all.includes('staging or production'))
    wrong.push('a release without an environment is not refused');
  return wrong;
}

/** @returns what shellcheck says of the scripts that a project has for its cluster */
export async function lintScripts(place: string): Promise<string[]> {
  const scripts = ['release', 'base/pooler/start.sh'];
  const cwd = path.join(place, 'deploy/kubernetes');
  const { exitCode, all } = await execa('shellcheck', scripts, { cwd, all: true, reject: false });
  return exitCode === 0 ? [] : [all];
}
