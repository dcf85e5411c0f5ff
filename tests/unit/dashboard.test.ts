import { expect, it } from 'vitest';
import { dashboardPanels, type Panel } from '../../templates/observability/helpers.js';

const panel = (row: string, width?: number, type: Panel['type'] = 'timeseries'): Panel => ({
  row,
  title: `${row} ${width}`,
  about: 'How busy it is.',
  type,
  unit: 's',
  queries: { a: 'up', b: 'up' },
  ...(width === undefined ? {} : { width }),
});

it('puts panels row by row, from left to right, without gaps', () => {
  const panels = [panel('A'), panel('B', 24), panel('A', 12), panel('A', 8), panel('A', undefined, 'stat')];
  const placed = dashboardPanels(panels);
  expect(placed.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(placed.map(({ title, gridPos }) => [title, gridPos?.x, gridPos?.y, gridPos?.w, gridPos?.h])).toEqual(
    [
      ['A', 0, 0, 24, 1],
      ['A undefined', 0, 1, 8, 8],
      ['A 12', 8, 1, 12, 8],
      ['A 8', 0, 9, 8, 8],
      ['A undefined', 8, 9, 4, 4],
      ['B', 0, 17, 24, 1],
      ['B 24', 0, 18, 24, 8],
    ],
  );
});

it('names each query', () => {
  const [, drawn] = dashboardPanels([panel('A')]);
  expect(drawn).toMatchObject({
    targets: [
      { refId: 'A', legendFormat: 'a' },
      { refId: 'B', legendFormat: 'b' },
    ],
  });
});
