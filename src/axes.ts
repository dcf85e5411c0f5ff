/**
 * The questions, in the order asked. `folder` is where the values of an axis live under templates/; `cell` says
 * that a value also needs a folder of its own in the language (or framework) before it is supported there. What is not
 * `asked` has its default unless it is given. `flag` stands where it is not the name, which answers have for the load itself.
 */
export const axes = [
  { name: 'framework', question: 'Framework', folder: 'frameworks', cell: true },
  { name: 'database', question: 'Database', folder: 'databases', cell: true },
  { name: 'cache', question: 'Cache and rate limits', folder: 'caches', cell: true },
  { name: 'auth', question: 'Authentication', folder: 'auth', cell: true },
  { name: 'queue', question: 'Queue for background jobs', folder: 'queues', cell: true },
  { name: 'deploy', question: 'Deploy target', folder: 'deploy', cell: false },
  { name: 'ci', question: 'CI', folder: 'ci', cell: false },
  {
    name: 'loadTool',
    question: 'Load test tool',
    folder: 'load',
    cell: false,
    flag: 'load',
    asked: false,
  },
] as const satisfies readonly AxisSpec[];

interface AxisSpec {
  name: string;
  question: string;
  folder: string;
  cell: boolean;
  flag?: string;
  asked?: false;
}

export type Axis = (typeof axes)[number]['name'];

export const axisNames: readonly Axis[] = axes.map((axis) => axis.name);

/** The axes that have to be answered, one way or another. */
export const askedAxes = axes.filter((axis: AxisSpec) => axis.asked !== false);

/** The flag that gives the value of an axis, without its dashes. */
export function flagOf(name: string): string {
  const axis: AxisSpec | undefined = axes.find((entry) => entry.name === name);
  return axis?.flag ?? name;
}

/** One value for each axis. */
export type Choices = Record<Axis, string>;
