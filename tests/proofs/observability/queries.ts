import path from 'node:path';
import fs from 'fs-extra';
import { parse } from 'yaml';

/** A query of a project, and where it stands. */
export interface Query {
  of: string;
  expr: string;
}

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
}

/** Expressions of the rules. */
export function rulesOf(directory: string): Query[] {
  const text = fs.readFileSync(path.join(directory, 'observability/prometheus/rules.yml'), 'utf8');
  const rules: Rule[] = parse(text).groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
  return rules.map(({ alert, record, expr }) => ({ of: alert ?? record!, expr }));
}

/** The selectors of the rules, each once: a rule whose selector matches no series never fires. */
export function selectionsOf(rules: readonly Query[]): Query[] {
  const all = rules.flatMap(({ of, expr }) => {
    const selectors = expr.match(/[a-z_:][\w:]*\{[^}]*\}/gi) ?? [];
    const rest = expr
      .replaceAll(/[a-z_:][\w:]*\{[^}]*\}|\[[^\]]*\]/gi, '')
      .replaceAll(/\b(by|on|group_left) *\([^)]*\)|\bgroup_left\b/g, '');
    const names = rest.match(/\b[a-z]+_\w+\b(?! *\()/g) ?? [];
    return [...selectors, ...names].map((selector) => ({ of, expr: selector }));
  });
  return all.filter(({ expr }, place) => all.findIndex((other) => other.expr === expr) === place);
}

/** The queries of all panels, as Grafana would ask them for all instances. */
export function panelsOf(directory: string, job: string): Query[] {
  const board = fs.readJsonSync(path.join(directory, 'observability/grafana/dashboards/api.json'));
  return board.panels.flatMap(({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
    targets.map(({ expr }) => ({
      of: title,
      expr: expr
        .replaceAll('$namespace', '')
        .replaceAll('$job', job)
        .replaceAll('$instance', '.*')
        .replaceAll('$__rate_interval', '30s'),
    })),
  );
}
