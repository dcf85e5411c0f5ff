import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, test } from 'vitest';
import { readProject } from '../../../src/verify/cluster/project.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { Passed } from '../../passed.js';
import { debian, program, type Requirement, requires, uv } from '../../requirements.js';
import { builderPrograms, ImageBuilder, type Language } from '../image/builder.js';
import { DockerNetwork } from './network.js';

const combinations: { language: Language; choices: Record<string, string> }[] = [
  { language: 'node' as const, framework: 'fastify' },
  { language: 'python' as const, framework: 'fastapi' },
].map(({ language, framework }) => ({
  language,
  choices: {
    framework,
    database: 'postgresql',
    cache: 'redis',
    auth: 'jwt',
    queue: 'redis',
    ci: 'none',
    deploy: 'compose',
  },
}));
/** Sizes are those of products; rows of notes are kept apart by policies of the database. */
const resources = [
  'product: name:string(1,120), description:text?, price:decimal, status:enum(draft|active|archived)+',
  'note(tenant): title:string',
];
/** Neither limits are proven here, nor how busy this machine is. */
const settings = [
  // The last one counts. With what would mean something else in a URL.
  "POSTGRES_PASSWORD='a word with # / ? % @ : & in between'",
  `API_DATABASE_PASSWORD='another with # / ? % @ : & " in between'`,
  'RATE_LIMIT_DEFAULT=1000000',
  'RATE_LIMIT_WRITE=1000000',
  'RATE_LIMIT_AUTH=1000000',
  'MAX_EVENT_LOOP_DELAY_MS=5000',
];
/** Where programs that run as another user than root may read it. */
const programs = '/var/cache/ci-deployment';
const fromUnstable: Requirement = {
  name: 'nginx, PgBouncer and Docker Compose (Debian unstable)',
  provide: () => execa('bash', [path.join(import.meta.dirname, 'programs.sh'), programs]),
};
const passed = new Passed(
  'compose',
  ['tests/proofs/compose', 'tests/proofs/image/builder.ts', 'src/verify'],
  /^(docs|load|observability|tests)\/|\.md$/,
);
const folder = scratchFolder('compose');
let network: DockerNetwork | undefined;

const prepare = requires(
  ...builderPrograms,
  debian('docker.io', 'iptables', 'iproute2', 'busybox-static', 'redis-server', 'postgresql', 'tzdata'),
  debian('docker-registry', 'openssh-server'),
  program('nsenter'),
  fromUnstable,
  uv,
);

prepare(async () => {
  network = await DockerNetwork.create(folder);
  const script = path.join(import.meta.dirname, 'stand-ins.sh');
  await execa('bash', [script, programs], { env: network.env, all: true });
});

afterAll(async () => {
  await network?.remove();
  await execa('rm', ['-rf', folder]);
});

describe.each(combinations)('$choices.framework', ({ language, choices }) => {
  passed.recordWhenPassed({ choices, resources }, afterAll);
  const open = !passed.has({ choices, resources });
  const name = choices.framework!;
  const project = path.join(folder, name);

  if (open)
    prepare(async () => {
      await makeProject(folder, name, choices, { resources });
      const [secrets, ...args] = readProject(project).commands.secrets!.split(' ');
      await execa(secrets!, args, { cwd: project });
      fs.appendFileSync(path.join(project, '.env'), `${settings.join('\n')}\n`);
      const builder = await ImageBuilder.create(folder);
      await builder.makeBase(language);
      await builder.build(`${name}:local`, project);
      const archive = path.join(folder, 'image.tar');
      await builder.archive(`${name}:local`, archive);
      await execa('docker', ['load', '-q', '-i', archive], { env: network!.env });
      fs.removeSync(archive);
    });

  test.runIf(open)(
    'verify passes through the balancer, and outages of its parts fail no request',
    async () => {
      await network!.run('outages.ts', project, programs);
    },
  );

  test.runIf(open)('lists come from a replica, and nobody misses what they have just written', async () => {
    await network!.run('replica.ts', project, programs);
  });

  // The language does not change how it is released.
  if (choices === combinations[0]!.choices)
    test.runIf(open)(
      'a release over SSH fails no request, and a bad one leaves the version before',
      async () => {
        await network!.run('releases.ts', project, programs);
      },
    );

  test.runIf(open)('deadlines and locks hold with the pooler in between', async () => {
    const script = path.join(import.meta.dirname, 'pooled.ts');
    const rows = 'TO1,IK3,IK4,IK5';
    await execa('npx', ['tsx', script, path.join(programs, 'bin'), project, '--only', rows], { all: true });
  });
});
