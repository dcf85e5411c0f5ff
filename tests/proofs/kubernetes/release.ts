import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import fs from 'fs-extra';
import { type KubernetesObject, workloadsOf } from './objects.js';

const yaml = pathToFileURL(path.resolve(import.meta.dirname, '../../../node_modules/yaml/dist/index.js'));

/** Stands in for kubectl: keeps what it was called with and what would be applied, and answers as the variables say. */
const kubectl = `#!/bin/bash
printf '%s\\n' "kubectl \${*//$'\\n'/\\\\n}" >>"$CALLS"
case "$*" in
  *'get job'*) printf %s "$JOB" ;;
  *'get deployment'*revision*) printf %s "$REVISION" ;;
  *'get deployment'*image*) printf %s "$RUNNING" ;;
  *"rollout status deployment/\${UNREADY:-none}"*) exit 1 ;;
  'diff -k deploy/'* | 'apply -k deploy/'*) cp -R deploy/kubernetes "$(dirname "$CALLS")/$(wc -l <"$CALLS")-\${3##*/}" ;;
esac
`;

/** Stands in for kustomize: edits the image. */
const kustomize = `#!/usr/bin/env node
Promise.all([import('node:fs'), import('${yaml}')]).then(([fs, { parse, stringify }]) => {
  fs.appendFileSync(process.env.CALLS, ['kustomize', ...process.argv.slice(2)].join(' ') + '\\n');
  const [name, image] = process.argv[5].split('=');
  const document = parse(fs.readFileSync('kustomization.yaml', 'utf8'));
  const [, newName, mark, version] = /^(.*?)([:@])([^/]*)$/.exec(image);
  document.images = [{ name, newName, [mark === '@' ? 'digest' : 'newTag']: version }];
  fs.writeFileSync('kustomization.yaml', stringify(document));
});
`;

async function run(command: string, place: string, env: Record<string, string>) {
  const bin = path.join(place, '.stand-ins');
  const calls = path.join(bin, 'calls');
  fs.outputFileSync(calls, '');
  for (const [name, text] of Object.entries({ kubectl, kustomize }))
    fs.outputFileSync(path.join(bin, name), text, { mode: 0o755 });
  const { exitCode, all } = await execa('sh', ['-eu', '-c', command], {
    cwd: place,
    env: { PATH: `${bin}:${process.env.PATH}`, CALLS: calls, ...env },
    all: true,
    reject: false,
    timeout: 20_000,
  });
  return { exitCode, all, calls: fs.readFileSync(calls, 'utf8').trim().split('\n') };
}

/** The shell commands of README.md, block by block. */
export function blocksOf(place: string): string[] {
  const readme = fs.readFileSync(path.join(place, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!);
}

/**
 * Runs the commands of README.md that compare or apply something, in a checkout of the version before the one that runs.
 * @param manifests the program that builds manifests
 * @returns what they would do to the pods that serve
 */
export async function followReadme(manifests: string, place: string): Promise<string[]> {
  const running = 'registry.example.com/shop:0.2.0';
  const wrong: string[] = [];
  let applied = 0;
  for (const block of blocksOf(place).filter((each) => /^kubectl (diff|apply) -k /m.test(each))) {
    const copy = path.join(place, '.copy');
    fs.removeSync(copy);
    fs.copySync(path.join(place, 'deploy'), path.join(copy, 'deploy'));
    const { exitCode, all } = await run(block, copy, { RUNNING: running });
    if (exitCode !== 0) wrong.push(`${block}\n${all}`);
    const kept = path.join(copy, '.stand-ins');
    for (const name of fs.readdirSync(kept).filter((each) => /^\d+-/.test(each))) {
      const overlay = `overlays/${name.replace(/^\d+-/, '')}`;
      const { stdout } = await execa(manifests, [overlay], { cwd: path.join(kept, name), maxBuffer: 1e8 });
      const objects: KubernetesObject[] = Object.values<KubernetesObject[]>(JSON.parse(stdout)).flat();
      const images = workloadsOf(objects)
        .filter(({ owner }) => owner.kind === 'Deployment' && owner.metadata.name === 'api')
        .map(({ pod }) => pod.containers[0].image);
      applied += 1;
      if (images.join() !== running) wrong.push(`${block}: pods of ${running} would become ${images.join()}`);
    }
  }
  if (applied < 3)
    wrong.push(`README.md compares or applies ${applied} overlays: preview, canary and its end are expected`);
  return wrong;
}

/** Keys of secrets, by `namespace/name`. */
export type Secrets = Record<string, string[]>;

/** Runs the commands of README.md that make secrets. */
export async function makeSecrets(place: string): Promise<Secrets> {
  const made: Secrets = {};
  for (const block of blocksOf(place).filter((each) => each.includes('kubectl create secret'))) {
    const { exitCode, all, calls } = await run(block, place, {
      PGPASSWORD: 'secret',
      CA_FILE: '/etc/ssl/certs/ca-certificates.crt',
      REDIS_URL: 'rediss://cache.example.com:6379',
      MAIL_URL: 'smtps://user:secret@smtp.example.com',
      QUEUE_URL: 'rediss://queue.example.com:6379',
      REGISTRY_USER: 'reader',
      ALERT_RECEIVER: 'https://hooks.example.com/team',
      ALERT_WATCHDOG: 'https://watchdog.example.com/shop',
      REGISTRY_PASSWORD: 'secret',
    });
    if (exitCode !== 0) throw new Error(`README.md: ${block}\n${all}`);
    for (const call of calls) {
      const [, name, namespace, rest] =
        /create secret (?:generic|docker-registry) (\S+) --namespace (\S+) (.*)/.exec(call) ?? [];
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

/**
 * Runs the release script against stand-ins.
 * @param deployments what it replaces, in this order
 * @returns what it did that it should not
 */
export async function tryRelease(place: string, deployments: readonly string[]): Promise<string[]> {
  const image = 'registry.example.com/shop@sha256:0';
  const release = (env: Record<string, string>) =>
    run(`deploy/kubernetes/release production ${image}`, place, env);
  const done = 'SuccessCriteriaMet Complete';
  const good = await release({ JOB: done, REVISION: '7' });
  const failed = await release({ JOB: 'FailureTarget Failed', REVISION: '7' });
  const unready = await release({ JOB: done, REVISION: '7', UNREADY: deployments.at(-1)! });
  const noPooler = await release({ JOB: done, REVISION: '7', UNREADY: 'pooler' });
  const first = await release({ JOB: done, REVISION: '', UNREADY: deployments.at(-1)! });
  const steps = [
    `kustomize edit set image shop=${image}`,
    'kubectl --namespace shop delete job migrate --ignore-not-found',
    'kubectl apply -k migrate',
    'kubectl --namespace shop get job migrate -o jsonpath={.status.conditions[?(@.status=="True")].type}',
    'kubectl --namespace shop logs job/migrate',
  ];
  const revision = 'jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}';
  const applied = [
    ...deployments.map(
      (name) => `kubectl --namespace shop get deployment ${name} --ignore-not-found -o ${revision}`,
    ),
    'kubectl apply -k .',
    'kubectl --namespace shop rollout status deployment/pooler',
  ];
  const [, ...others] = deployments;
  const rollout = [
    ...applied,
    ...others.map((name) => `kubectl --namespace shop rollout status deployment/${name}`),
  ];
  const undone = [...deployments]
    .reverse()
    .map((name) => `kubectl --namespace shop rollout undo deployment/${name} --to-revision=7`);
  const expected: [string, typeof good, number, string[]][] = [
    ['a release', good, 0, [...steps, ...rollout]],
    ['a release whose migrations fail', failed, 1, steps],
    ['a release that does not become ready', unready, 1, [...steps, ...rollout, ...undone]],
    ['a release whose pooler does not become ready', noPooler, 1, [...steps, ...applied, ...undone]],
    ['a first release that does not become ready', first, 1, [...steps, ...rollout]],
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

/** Commits images as a pipeline with Argo CD does, while others commit as well. @returns what it did that it should not */
export async function tryCommit(place: string): Promise<string[]> {
  const origin = path.join(place, '.origin.git');
  const other = path.join(place, '.other');
  const file = 'deploy/kubernetes/overlays/staging/environment/kustomization.yaml';
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Pipeline'],
      [`GIT_${who}_EMAIL`, 'pipeline@example.com'],
    ]),
  );
  const git = async (...args: string[]) => (await execa('git', args, { cwd: place, env })).stdout;
  await git('init', '--quiet', '--bare', '--initial-branch=main', origin);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', 'deploy');
  await git('commit', '--quiet', '--message', 'first');
  await git('remote', 'add', 'origin', origin);
  await git('push', '--quiet', 'origin', 'main');
  await git('clone', '--quiet', origin, other);
  await git('-C', other, 'commit', '--quiet', '--allow-empty', '--message', 'second');
  await git('-C', other, 'push', '--quiet', 'origin', 'main');
  const commit = (image: string) => run(`deploy/kubernetes/commit-image staging ${image}`, place, env);
  const pushed = () => git('--git-dir', origin, 'log', '--format=%s', 'main');
  const digest = `sha256:${'0'.repeat(64)}`;
  const tag = await commit('registry.example.com/shop:0.2.0');
  const first = await commit(`registry.example.com/shop@${digest}`);
  const again = await commit(`registry.example.com/shop@${digest}`);
  const subject = `chore(staging): release registry.example.com/shop@${digest} [skip ci]`;
  const text = await git('--git-dir', origin, 'show', `main:${file}`);
  return [
    ...(tag.exitCode === 0 ? ['a tag is not refused'] : []),
    ...(first.exitCode === 0 ? [] : [`a digest is not committed: ${first.all}`]),
    ...(again.exitCode === 0 && again.all.includes('already') ? [] : [`the same again fails: ${again.all}`]),
    ...((await pushed()) === `${subject}\nsecond\nfirst` ? [] : [`pushed is ${await pushed()}`]),
    ...(text.includes(digest) ? [] : ['the image is not in the overlay']),
  ];
}

/** @returns what shellcheck says of the scripts that a project has for its cluster */
export async function lintScripts(place: string): Promise<string[]> {
  const backup = ['take.sh', 'drill.sh', 'restore.sh'].map((name) => `components/backup/${name}`);
  const scripts = ['release', 'running-image', 'commit-image', 'base/pooler/start.sh', ...backup];
  const cwd = path.join(place, 'deploy/kubernetes');
  const { exitCode, all } = await execa('shellcheck', scripts, { cwd, all: true, reject: false });
  return exitCode === 0 ? [] : [all];
}
