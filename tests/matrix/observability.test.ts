import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { possibleValues } from '../../src/answers/judge.js';
import { resolvedWith } from '../../src/answers/resolve.js';
import { axes } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const frameworks = catalog.values('framework').map(({ name }) => name);

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface Service {
  profiles?: string[];
  ports?: string[];
  networks: string[];
  volumes?: string[];
}

/** With what is given, and by turns the other values. */
function completed(given: Record<string, string>, turn: number): Record<string, string> {
  const choices = { ...given };
  for (const { name } of axes) {
    const possible = possibleValues(catalog, name, choices);
    choices[name] ??= possible[turn % possible.length]!.name;
  }
  return choices;
}

/** Two with each framework, and one with each deploy target. */
const projects = [
  ...frameworks.flatMap((framework) => [0, 1].map((turn) => completed({ framework }, turn))),
  ...catalog.values('deploy').map(({ name }) => completed({ framework: frameworks[0]!, deploy: name }, 0)),
];

function filesOf(choices: Record<string, string>): Map<string, string> {
  const files = render(resolvedWith(catalog, choices), '1.0.0');
  return new Map([...files].map(([file, { text }]) => [file, text]));
}

describe.each(projects.map((choices) => [Object.values(choices).join(' '), choices] as const))(
  '%s',
  (_, choices) => {
    const files = filesOf(choices);
    const { groups } = parse(files.get('observability/prometheus/rules.yml')!) as {
      groups: { name: string; rules: Rule[] }[];
    };
    const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert);
    const pages = [...files.keys()].filter((file) => file.startsWith('docs/runbooks/'));

    test('each alert tells how bad it is, what it is, and what to do', () => {
      expect(alerts.length).toBeGreaterThan(10);
      for (const { alert, labels, annotations } of alerts) {
        const severity = alert === 'ApiWatchdog' ? /^none$/ : /^(critical|warning)$/;
        expect([alert, labels?.severity]).toEqual([alert, expect.stringMatching(severity)]);
        expect([alert, annotations?.summary]).toEqual([alert, expect.stringMatching(/^[A-Z].*[^.]$/)]);
        expect([alert, annotations?.description]).toEqual([alert, expect.stringMatching(/\{\{ .*\}\}.*\.$/)]);
        const [page] = /docs\/runbooks\/[\w-]+\.md$/.exec(annotations?.runbook_url ?? '') ?? [];
        expect([alert, files.get(page!)]).toEqual([alert, expect.stringContaining(`\`${alert}\``)]);
      }
    });

    test('each alert has a test', () => {
      const tests = files.get('observability/prometheus/tests.yml')!;
      for (const { alert } of alerts) expect(tests).toContain(`alertname="${alert}"`);
    });

    test('groups have names of their own, and all select the job of the project', () => {
      const names = groups.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const { expr } of groups.flatMap(({ rules }) => rules))
        expect(expr).toMatch(/job="shop(-pooler|-backup)?"|cronjob="|^vector/);
    });

    test('Kubernetes is given the same rules, each limited to one namespace and with its label', () => {
      const rule = files.get('deploy/kubernetes/components/monitoring/prometheus-rule.yaml');
      expect(rule === undefined).toBe(choices.deploy !== 'kubernetes');
      if (!rule) return;
      const limits = [
        /^\(\n?([\s\S]*)\) and on \(namespace\) label_replace\(vector\(1\), "namespace", `default`, "", ""\)\n?$/,
        /^label_replace\((vector\(.*\)), "namespace", `default`, "", ""\)$/,
      ];
      const unlimited = (expr: string) => limits.map((limit) => limit.exec(expr)?.[1]).find(Boolean);
      const given: typeof groups = parse(rule).spec.groups;
      const own = given.map((group) => ({
        ...group,
        rules: group.rules.map((each) => ({ ...each, expr: unlimited(each.expr) })),
      }));
      const labelled = groups.map((group) => ({
        ...group,
        rules: group.rules.map((each) =>
          each.labels ? { ...each, labels: { ...each.labels, namespace: 'default' } } : each,
        ),
      }));
      expect(own).toEqual(labelled);
    });

    test('a rule keeps environments apart', () => {
      const grouped = groups
        .flatMap(({ rules }) => rules)
        .map(({ expr }) => expr.match(/\b(by|on) \([^)]*\)/g));
      expect(grouped.flat().filter((each) => each && !/\bnamespace\b/.test(each))).toEqual([]);
    });

    test('the README lists the runbooks that are there, and their links lead somewhere', () => {
      const readme = files.get('README.md')!;
      const listed = [...readme.matchAll(/\| \[[\w-]+\]\((docs\/runbooks\/[\w-]+\.md)\)/g)].map(
        ([, page]) => page,
      );
      expect(listed.sort()).toEqual(pages.sort());
      for (const page of pages)
        for (const [, link] of files.get(page)!.matchAll(/\]\(([\w-]+\.md)\)/g))
          expect([page, files.has(`docs/runbooks/${link}`)]).toEqual([page, true]);
    });

    test('the dashboard reads what the datasources are called', () => {
      const sources = parse(files.get('observability/grafana/provisioning/datasources/datasources.yml')!);
      const uids = sources.datasources.map(({ uid }: { uid: string }) => uid);
      const board = JSON.parse(files.get('observability/grafana/dashboards/api.json')!);
      const used = [...JSON.stringify(board).matchAll(/"uid":"([$\w]+)"/g)].map(([, uid]) => uid);
      expect(new Set(used)).toEqual(new Set([board.uid, '$datasource']));
      expect(uids).toContain(board.templating.list[0].current.value);
      const titles = board.panels.map(({ title }: { title: string }) => title);
      expect(new Set(titles).size).toBe(titles.length);
      for (const { type, title, description } of board.panels)
        if (type !== 'row') expect([title, description]).toEqual([title, expect.stringMatching(/\.$/)]);
      const imported = files.get('deploy/kubernetes/components/monitoring/api.json');
      expect(imported).toBe(
        choices.deploy === 'kubernetes' ? `${JSON.stringify(board, null, 2)}\n` : undefined,
      );
    });

    test('where there is a compose file, what observes is a profile of it, bounded and reachable from here alone', () => {
      const compose = files.get('compose.yaml');
      expect(compose === undefined).toBe(choices.deploy !== 'compose');
      if (!compose) return;
      const { services, volumes, networks } = parse(compose, { merge: true });
      const observers = Object.entries<Service>(services).filter(([, { profiles }]) => profiles);
      expect(observers.map(([name]) => name).filter((name) => !name.endsWith('-exporter'))).toEqual([
        'prometheus',
        'alertmanager',
        'grafana',
        'collector',
        'engine',
        'tempo',
        'loki',
      ]);
      for (const [name, service] of observers) {
        expect([name, service]).toEqual([
          name,
          expect.objectContaining({
            profiles: ['observability'],
            read_only: true,
            cap_drop: ['ALL'],
            security_opt: ['no-new-privileges:true'],
            healthcheck: expect.anything(),
            deploy: { resources: { limits: { cpus: '1', memory: expect.any(String) } } },
          }),
        ]);
        for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
        for (const network of service.networks) expect(Object.keys(networks)).toContain(network);
        for (const volume of service.volumes ?? []) {
          const [source] = volume.replace(/^\$\{[^}]*\}/, '/').split(':');
          if (source!.startsWith('./observability/'))
            expect([...files.keys()].some((file) => file.startsWith(`${source!.slice(2)}/`))).toBe(true);
          else if (!source!.startsWith('/')) expect(Object.keys(volumes)).toContain(source);
        }
      }
    });
  },
);
