/**
 * The questions, in the order asked. `folder` is where the values of an axis live under templates/; `cell` says
 * that a value also needs a folder of its own in the language (or framework) before it is supported there. What is not
 * `asked` has its default unless it is given. `flag` stands where it is not the name, which answers have for the load itself.
 */
export const axes = [
  { name: 'framework', question: 'Which framework serves the API?', folder: 'frameworks', cell: true },
  { name: 'database', question: 'Where do the resources live?', folder: 'databases', cell: true },
  { name: 'cache', question: 'Which store do the instances share?', folder: 'caches', cell: true },
  { name: 'auth', question: 'How do callers prove who they are?', folder: 'auth', cell: true },
  { name: 'queue', question: 'What carries background jobs?', folder: 'queues', cell: true },
  { name: 'deploy', question: 'Where will it be deployed?', folder: 'deploy', cell: false },
  { name: 'ci', question: 'Which CI runs its checks?', folder: 'ci', cell: false },
  {
    name: 'loadTool',
    question: 'What sends the load of load tests?',
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
