import type { Panel as Drawn, RowPanel, ThresholdsMode } from '@grafana/schema';

/** A panel, as a layer contributes it. Where it stands follows from the order of the panels. */
export interface Panel {
  /** Heading that panels of one subject share. */
  row: string;
  title: string;
  /** How to interpret it. */
  about: string;
  type: 'timeseries' | 'stat' | 'heatmap';
  /** Unit of Grafana, such as `s`, `reqps` or `percentunit`. */
  unit: string;
  /** Of 24 columns; 8 unless given, 4 for a single number. */
  width?: number;
  /** Where the values turn red. */
  limit?: number;
  /** PromQL by legend. `$namespace`, `$job` and `$instance` are the variables of the dashboard. */
  queries: Record<string, string>;
}

const columns = 24;
const heights = { timeseries: 8, heatmap: 8, stat: 4 } as const;
/** The variable of the dashboard: elsewhere its data source has another name. */
const datasource = { type: 'prometheus', uid: '$datasource' };

/** `((slots.panels|dashboardPanels))`: the panels of a Grafana dashboard, row by row, in their order, without gaps. */
export function dashboardPanels(panels: readonly Panel[]): (Drawn | RowPanel)[] {
  const placed: (Drawn | RowPanel)[] = [];
  let top = 0;
  for (const row of new Set(panels.map((panel) => panel.row))) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title: row,
      collapsed: false,
      gridPos: { x: 0, y: top, w: columns, h: 1 },
      panels: [],
    });
    top += 1;
    let left = 0;
    let height = 0;
    for (const panel of panels.filter((other) => other.row === row)) {
      const width = panel.width ?? (panel.type === 'stat' ? 4 : 8);
      if (left + width > columns) {
        top += height;
        left = 0;
        height = 0;
      }
      const gridPos = { x: left, y: top, w: width, h: heights[panel.type] };
      placed.push({ id: placed.length + 1, ...panelOf(panel), gridPos });
      left += width;
      height = Math.max(height, heights[panel.type]);
    }
    top += height;
  }
  return placed;
}

function panelOf({ title, about, type, unit, limit, queries }: Panel): Drawn {
  const steps = [
    { color: 'green', value: null },
    ...(limit === undefined ? [] : [{ color: 'red', value: limit }]),
  ];
  const drawn = {
    timeseries: {
      custom: {
        fillOpacity: 10,
        showPoints: 'never',
        thresholdsStyle: { mode: limit === undefined ? 'off' : 'dashed' },
      },
      options: {
        legend: { displayMode: 'list', placement: 'bottom' },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
    stat: {
      custom: {},
      options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' },
    },
    heatmap: {
      custom: {},
      options: { calculate: false, yAxis: { unit }, color: { mode: 'scheme', scheme: 'Oranges', steps: 64 } },
    },
  }[type];
  return {
    type,
    title,
    description: about,
    datasource,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute' as ThresholdsMode, steps },
        custom: drawn.custom,
      },
      overrides: [],
    },
    options: drawn.options,
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat,
      ...(type === 'heatmap' ? { format: 'heatmap' } : {}),
    })),
  };
}
