import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

const digest = 'a'.repeat(64);
const image = `registry.example.com/shop@sha256:${digest}`;
const repository = 'cloud.example.com/shop';
const copy = `skopeo copy --all --preserve-digests docker://${image} docker://${repository}:sha256-${digest}`;
const planOf = (tag: string) =>
  new RegExp(
    `^terraform plan -input=false -lock-timeout=10m -var-file=production\\.tfvars -var=image_tag=${tag} -out=\\S+/plan$`,
  );
const plan = planOf(`sha256-${digest}`);
const released = 'terraform output -raw released';
/** What was planned, and nothing else. */
const apply = /^terraform apply -input=false -lock-timeout=10m \S+\/plan$/;

/** Stands in for all programs: keeps what it was called with, and what it read if that is a secret; fails at call number `FAILS_AT`. */
const standIn = `#!/bin/sh
call="$(basename "$0") $*"
case $call in *-stdin* | *'--header @-'*) call="$call < $(cat)" ;; esac
echo "$call" >>"$CALLS"
[ "$(wc -l <"$CALLS")" != "$FAILS_AT" ] || { echo 'failed as asked' >&2; exit 1; }
case $call in
  *'-raw released')
    [ -n "\${RELEASED:-}" ] || exit 1
    [ "$(grep -c 'terraform apply' "$CALLS")" = 0 ] || RELEASED=\${RELEASED_THEN:-$RELEASED}
    printf %s "$RELEASED"
    ;;
  'terraform output'*) printf %s ${repository} ;;
  'aws sts'*) printf 'key\\tsecret\\tsession\\n' ;;
  'aws configure'*) echo 'export AWS_SESSION_TOKEN=session' ;;
  'aws ecr'*) echo "password of $AWS_SESSION_TOKEN" ;;
  curl*sts.*) while [ "$1" != --output ]; do shift; done; echo '{"access_token": "federated"}' >"$2" ;;
  curl*) while [ "$1" != --output ]; do shift; done; echo '{"accessToken": "lent"}' >"$2" ;;
  'gcloud auth'*) echo lent ;;
  'skopeo inspect'*) [ -n "\${THERE:-}" ] ;;
esac
`;

/** What each of them has to be given, what it calls before all others, and how it logs in to its registry. */
const clouds: {
  has: RegExp;
  env: Record<string, string>;
  first: RegExp[];
  login: string;
  /** The same without a pipeline. */
  byHand: { env: Record<string, string>; first: RegExp[] };
  /** The setting of the backend by which each environment has a state of its own. */
  state: (project: string) => string;
}[] = [
  {
    has: /aws_/,
    env: {
      AWS_REGION: 'eu-central-1',
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/shop-pipeline',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
    },
    first: [
      /^aws sts assume-role-with-web-identity --role-arn arn:aws:iam::1:role\/shop-pipeline .*--web-identity-token file:\/\/\/token --duration-seconds 7200 /,
      /^aws ecr get-login-password$/,
    ],
    byHand: {
      env: { AWS_WEB_IDENTITY_TOKEN_FILE: '' },
      first: [/^aws configure export-credentials --format env$/, /^aws ecr get-login-password$/],
    },
    state: (project) => `key=${project}/production/terraform.tfstate`,
    login: 'skopeo login --username AWS --password-stdin cloud.example.com < password of session',
  },
  {
    has: /google_/,
    env: {
      GOOGLE_PROVIDER: 'projects/1/p',
      GOOGLE_SERVICE_ACCOUNT: 'ci@example.com',
      GOOGLE_TOKEN_FILE: '/token',
    },
    first: [
      /^curl .* audience=\/\/iam\.googleapis\.com\/projects\/1\/p .*subject_token@\/token$/,
      /^curl .*\/serviceAccounts\/ci@example\.com:generateAccessToken < Authorization: Bearer federated$/,
    ],
    byHand: { env: { GOOGLE_TOKEN_FILE: '' }, first: [/^gcloud auth print-access-token$/] },
    state: (project) => `prefix=${project}/production`,
    login: 'skopeo login --username oauth2accesstoken --password-stdin cloud.example.com < lent',
  },
];

/**
 * Runs `deploy/release` of a project with made-up programs of the cloud: as it should be, wrongly called, and with each of
 * its calls failing.
 * @returns where it did not do as expected
 */
export async function wrongReleases(project: string): Promise<string[]> {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'release-'));
  const calls = path.join(bin, 'calls');
  for (const name of ['aws', 'curl', 'gcloud', 'skopeo', 'terraform'])
    fs.writeFileSync(path.join(bin, name), standIn, { mode: 0o755 });
  const terraform = path.join(project, 'deploy/terraform');
  const sources = fs.readFileSync(path.join(terraform, 'pipeline.tf'), 'utf8');
  const cloud = clouds.find(({ has }) => has.test(sources))!;
  const state = cloud.state(path.basename(project));
  const init = `terraform init -input=false -reconfigure -backend-config=bucket=state -backend-config=${state}`;
  const before = [...cloud.first, init, 'terraform output -raw repository', released];
  const inspect = `skopeo inspect --raw docker://${repository}:sha256-${digest}`;
  const found: string[] = [];

  const expect = async (
    what: string,
    env: Record<string, string>,
    args: string[],
    wanted: { fails: boolean; says?: RegExp; calls: (string | RegExp)[] },
  ) => {
    fs.writeFileSync(calls, '');
    const { exitCode, all } = await execa(path.join(project, 'deploy/release'), args, {
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        CALLS: calls,
        STATE_BUCKET: 'state',
        FAILS_AT: '',
        RELEASED: 'before',
        ...cloud.env,
        ...env,
      },
      all: true,
      reject: false,
    });
    const seen = fs.readFileSync(calls, 'utf8').trim().split('\n').filter(Boolean);
    const same =
      seen.length === wanted.calls.length &&
      wanted.calls.every((call, at) => (typeof call === 'string' ? call === seen[at] : call.test(seen[at]!)));
    if ((exitCode === 0) === wanted.fails || !same || !(wanted.says ?? /(?:)/).test(all))
      found.push(`${what}: left with ${exitCode} after\n  ${seen.join('\n  ')}\n${all}`);
  };

  const both = ['production', image];
  await expect('no settings', {}, both, {
    fails: true,
    says: /no deploy\/terraform\/production\.tfvars/,
    calls: [],
  });
  fs.writeFileSync(path.join(terraform, 'production.tfvars'), '');
  await expect('a tag', {}, ['production', 'registry.example.com/shop:1'], {
    fails: true,
    says: /digest/,
    calls: [],
  });
  await expect('no bucket', { STATE_BUCKET: '' }, both, { fails: true, says: /STATE_BUCKET/, calls: [] });
  const whole = [...before, cloud.login, inspect, copy, plan, apply];
  await expect('a release', {}, both, { fails: false, calls: whole });
  await expect('a release by a person', cloud.byHand.env, both, {
    fails: false,
    calls: [...cloud.byHand.first, ...whole.slice(cloud.first.length)],
  });
  await expect('a release again', { THERE: 'yes' }, both, {
    fails: false,
    calls: whole.filter((call) => call !== copy),
  });
  await expect('a private registry', { REGISTRY_USER: 'ada', REGISTRY_PASSWORD: 'secret' }, both, {
    fails: false,
    calls: [
      ...before,
      'skopeo login --username ada --password-stdin registry.example.com < secret',
      ...whole.slice(before.length),
    ],
  });
  await expect('the first release', { RELEASED: '' }, both, { fails: false, calls: whole });
  // Neither an image that is not there yet nor a version that was not there before is a failure.
  for (const [at, call] of whole.entries())
    if (call !== inspect && call !== released && call !== apply)
      await expect(`a release whose call ${at + 1} fails`, { FAILS_AT: String(at + 1) }, both, {
        fails: true,
        says: /failed as asked/,
        calls: whole.slice(0, at + 1),
      });
  const fails = { FAILS_AT: String(whole.length) };
  const back = [...whole, planOf('before'), released, apply];
  await expect('a release that fails', fails, both, {
    fails: true,
    says: /what ran before is back: before/,
    calls: back,
  });
  await expect('a first release that fails', { ...fails, RELEASED: '' }, both, {
    fails: true,
    says: /no version before/,
    calls: whole,
  });
  await expect('a release again that fails', { ...fails, RELEASED: `sha256-${digest}` }, both, {
    fails: true,
    says: /in its settings/,
    calls: whole,
  });
  await expect('a release that fails beside another', { ...fails, RELEASED_THEN: 'other' }, both, {
    fails: true,
    says: /Another release has succeeded/,
    calls: back.slice(0, -1),
  });
  fs.removeSync(path.join(terraform, 'production.tfvars'));
  fs.removeSync(bin);
  return found;
}
