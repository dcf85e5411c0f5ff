import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultWorkload, type Workload } from '../../../src/capacity/workload.js';
import { scratchFolder } from '../../command-line.js';
import { Passed } from '../../passed.js';
import { debian, requires } from '../../requirements.js';
import { prometheusPackage, prometheusPrograms } from '../prometheus-package.js';
import { wrongAlerts } from './alerts.js';
import { wrongChart } from './chart.js';
import { renderInto, wrongManifests } from './project.js';
import { followReadme, lintScripts, makeSecrets, tryCommit, tryRelease } from './release.js';
import { chart, goPrograms, manifests } from './tools.js';

const combinations = [
  { framework: 'fastify', auth: 'jwt', queue: 'redis' },
  { framework: 'express', auth: 'none', queue: 'none' },
  { framework: 'fastapi', auth: 'jwt', queue: 'redis' },
].map((some) => ({ ...some, database: 'postgresql', cache: 'redis', deploy: 'kubernetes' }));

/** From a handful of requests to more than fits into one database server's connections without poolers. */
const loads: Workload[] = [
  { ...defaultWorkload, peakRps: 20 },
  { ...defaultWorkload, peakRps: 5000, dbConnections: 200 },
  { ...defaultWorkload, peakRps: 20_000, dbConnections: 30 },
];

const passed = new Passed('kubernetes', ['tests/proofs/kubernetes', 'src/capacity']);
const folder = scratchFolder('kubernetes');

requires(debian('shellcheck', 'openssl', 'python3-venv', 'git'), goPrograms, prometheusPackage);

afterAll(() => fs.removeSync(folder));

/** What a cluster would not take, or what does not fit together. */
async function wrongAt(choices: Record<string, string>, load: Workload): Promise<string[]> {
  const place = renderInto(folder, choices, load);
  return wrongManifests(manifests, place, await makeSecrets(place), async (built) => [
    ...(await wrongChart(chart, place, built)),
    ...(await wrongAlerts(path.join(prometheusPrograms, 'promtool'), folder, built)),
  ]);
}

describe.each(combinations)('$framework', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });

  test.runIf(open)(
    'an API server takes its manifests, they fit each other and the project, and the chart makes the same',
    async () => {
      expect(await wrongAt(choices, defaultWorkload)).toEqual([]);
    },
  );

  test.runIf(open)(
    'its scripts are well-formed, and deploy/kubernetes/release handles each outcome',
    async () => {
      const place = renderInto(folder, choices, defaultWorkload);
      expect(await lintScripts(place)).toEqual([]);
      const workers = choices.queue === 'none' ? [] : ['worker'];
      expect(await tryRelease(place, ['pooler', 'api', ...workers])).toEqual([]);
    },
  );

  test.runIf(open)('an image is committed by its digest for Argo CD', async () => {
    expect(await tryCommit(renderInto(folder, choices, defaultWorkload))).toEqual([]);
  });

  test.runIf(open)('commands of the README leave the pods that serve as they are', async () => {
    const place = renderInto(folder, choices, defaultWorkload);
    expect(await followReadme(manifests, place)).toEqual([]);
  });

  // The framework does not change what depends on the load.
  if (choices === combinations[0])
    test.runIf(open).each(loads)('fits at $peakRps requests per second', async (load) => {
      expect(await wrongAt(choices, load)).toEqual([]);
    });
});
