import { randomUUID } from 'node:crypto';
import type { Api, Process } from '../../cluster/api.js';
import { metricsPage } from '../../cluster/metrics.js';
import { expectHeader, expectStatus, expectThat, summary } from '../../http/expectations.js';
import { jobSettings } from '../jobs/job.js';
import { NotApplicable, type Row } from '../row.js';

const group = 'observability';
const source = 'OWASP ASVS V13.4.5; Google SRE Book, chapter 6; Kubernetes documentation, "Configure Probes"';
const remedy =
  'Answer the paths of probes and metrics there by name, for GET alone, and 404 for everything else.';
const metrics = '/metrics';
const probes = ['/livez', '/readyz'];

export const management: Row[] = [
  {
    id: 'MX4',
    group,
    title: 'the management port of an instance',
    expected:
      '/metrics, also with a query, for GET alone; 404 for all that the API has, and for anything else',
    source,
    remedy,
    evidence: ['observed'],
    needs: ['started', 'management', 'resource'],
    quick: true,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      if (!api.contract.isOwn)
        throw new NotApplicable(
          'the document is not that of a generated project, whose management port is its own',
        );
      await expectMetrics(api, instance);
      // Probes are asked where requests come in.
      await expectNothingElse(api, instance, probes);
    },
  },
  {
    id: 'MX5',
    group,
    title: 'the management port of a worker',
    expected:
      '/metrics, /livez and /readyz, whose answers are those of an instance, for GET alone; 404 for all that the API has, and for anything else',
    source,
    remedy,
    evidence: ['observed'],
    needs: ['started', 'jobs', 'management', 'resource'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      for (const worker of await api.fleet.workers()) {
        await expectMetrics(api, worker);
        for (const path of probes) {
          const wanted = await api.send({ path, to: api.fleet.instances[0]!.url });
          const response = await api.send({ path, to: worker.managementUrl, described: false });
          expectStatus(response, 200);
          expectHeader(response, 'Content-Type', /^application\/json\b/);
          expectThat(
            response.json().status === wanted.json().status,
            `"status" of ${path} as of an instance: ${wanted.text}`,
            response.text,
          );
          await expectNoChange(api, worker, path);
        }
        await expectNothingElse(api, worker, []);
      }
    },
  },
];

async function expectMetrics(api: Api, process: Process): Promise<void> {
  const page = await metricsPage(api, process);
  expectStatus(page, 200);
  expectHeader(page, 'Content-Type', /^(text\/plain|application\/openmetrics-text)\b/);
  const asked = await api.send({ path: `${metrics}?serial=1`, to: process.managementUrl });
  expectStatus(asked, 200);
  await expectNoChange(api, process, metrics);
}

/** Nothing can be written there. */
async function expectNoChange(api: Api, { managementUrl: to }: Process, path: string): Promise<void> {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const response = await api.send({ method, path, to, described: false });
    expectThat(response.status >= 400, `a refusal of ${method} ${path}`, summary(response));
  }
}

/** @param others paths that another process has there */
async function expectNothingElse(api: Api, { managementUrl: to }: Process, others: string[]): Promise<void> {
  const described = api.contract.operations
    .filter(({ method, path }) => method === 'GET' && !path.includes('{'))
    .map(({ path }) => path);
  const served = new Set([metrics, ...probes]);
  const paths = [
    ...described.filter((path) => !served.has(path)),
    ...others,
    ...['/', '/docs', '/openapi.yaml', '/openapi.json', '/metrics2', '/debug/pprof', `/${randomUUID()}`],
  ];
  for (const path of new Set(paths)) {
    const response = await api.send({ path, to, described: false });
    expectThat(response.status === 404, `404 for ${path} at the management port`, summary(response));
  }
}
