import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { stringify } from 'yaml';
import type { KubernetesObject } from './objects.js';

/** Overlays whose rules one Prometheus has, by the namespace of each. */
const environments = { shop: 'monitored', 'shop-staging': 'monitored-staging' };
const instances = 3;

/**
 * Loads the rules of both environments into one Prometheus, has only one of them fail, and looks at the alerts.
 * @param promtool the program
 * @param folder for files of this check
 * @param built the objects of each overlay
 * @returns what promtool says against the alerts
 */
export async function wrongAlerts(
  promtool: string,
  folder: string,
  built: Record<string, KubernetesObject[]>,
): Promise<string[]> {
  const place = fs.mkdtempSync(path.join(folder, 'alerts-'));
  for (const [namespace, overlay] of Object.entries(environments)) {
    const { groups } = built[overlay]!.find(({ kind }) => kind === 'PrometheusRule')!.spec;
    // Groups of one name may be in several files only.
    fs.writeFileSync(path.join(place, `${namespace}.yml`), stringify({ groups }));
  }
  fs.writeFileSync(path.join(place, 'tests.yml'), stringify(tests));
  const { exitCode, all } = await execa(promtool, ['test', 'rules', 'tests.yml'], {
    cwd: place,
    all: true,
    reject: false,
  });
  return exitCode === 0 ? [] : [all];
}

const answers = (namespace: string, status: string, values: string) => ({
  series: `http_server_request_duration_seconds_count{job="shop", namespace="${namespace}", instance="${namespace}", http_route="/v1/a", http_response_status_code="${status}"}`,
  values,
});

const firing = (alert: string) => `count by (namespace) (ALERTS{alertname=~"${alert}", alertstate="firing"})`;

const tests = {
  rule_files: Object.keys(environments).map((namespace) => `${namespace}.yml`),
  evaluation_interval: '1m',
  tests: [
    {
      name: 'staging fails, and production does not',
      interval: '1m',
      input_series: [
        answers('shop', '200', '0+6000x60'),
        answers('shop-staging', '503', '0+60x60'),
        ...Array.from({ length: instances }, (_, number) => ({
          series: `up{job="shop", namespace="shop", instance="${number}"}`,
          values: '1x60',
        })),
        { series: 'up{job="shop", namespace="shop-staging", instance="staging"}', values: '0x60' },
      ],
      promql_expr_test: [
        ...['ApiErrorRateHigh', 'ApiTooFewInstances', 'ApiInstanceDown'].map((alert) => ({
          expr: firing(alert),
          eval_time: '59m',
          exp_samples: [{ labels: '{namespace="shop-staging"}', value: 1 }],
        })),
        {
          expr: firing('ApiWatchdog'),
          eval_time: '59m',
          exp_samples: Object.keys(environments).map((namespace) => ({
            labels: `{namespace="${namespace}"}`,
            value: 1,
          })),
        },
      ],
    },
  ],
};
