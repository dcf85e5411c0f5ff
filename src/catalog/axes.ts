/**
 * The choices, in the order of their prompts. `folder` is where the values of an axis live under templates/; `cell` says that a
 * value needs a folder in the language (or framework) before it is supported there, `inLanguage` that it has no other.
 * An axis that is not `asked` has its default unless it is given. `flag` is given where it differs from the name.
 */
export const axes = [
  { name: 'framework', question: 'Framework', folder: 'frameworks', cell: true, inLanguage: true },
  { name: 'database', question: 'Database', folder: 'databases', cell: true },
  { name: 'cache', question: 'Cache and rate limits', folder: 'caches', cell: true },
  { name: 'auth', question: 'Authentication', folder: 'auth', cell: true },
  { name: 'queue', question: 'Queue for background jobs', folder: 'queues', cell: true },
  { name: 'deploy', question: 'Deploy target', folder: 'deploy', cell: false },
  { name: 'ci', question: 'CI', folder: 'ci', cell: false },
  {
    name: 'loadTest',
    question: 'Load test tool',
    folder: 'load',
    cell: false,
    flag: 'load-test',
    formerly: 'load',
    formerlyInAnswers: 'loadTool',
    asked: false,
  },
  {
    name: 'packageManager',
    question: 'Package manager',
    folder: 'package-managers',
    cell: true,
    inLanguage: true,
    flag: 'package-manager',
    asked: false,
    byCaller: true,
  },
] as const satisfies readonly AxisSpec[];

export interface AxisSpec {
  name: string;
  question: string;
  folder: string;
  cell: boolean;
  inLanguage?: true;
  flag?: string;
  /** An earlier name of the flag. */
  formerly?: string;
  /** An earlier name of the axis in answers. */
  formerlyInAnswers?: string;
  asked?: false;
  /** The default is the value that runs this process, where that is known. */
  byCaller?: true;
}

export type Axis = (typeof axes)[number]['name'];

export const axisNames: readonly Axis[] = axes.map((axis) => axis.name);

/** The axes that have to be answered, one way or another. */
export const askedAxes = axes.filter((axis: AxisSpec) => axis.asked !== false);

/** The axes without an answer. */
export function openAxes(choices: Partial<Choices>): Axis[] {
  return askedAxes.map(({ name }) => name).filter((name) => choices[name] === undefined);
}

/** The flag that gives the value of an axis, without its dashes. */
export function flagOf(name: string): string {
  const axis: AxisSpec | undefined = axes.find((entry) => entry.name === name);
  return axis?.flag ?? name;
}

/** One value for each axis. */
export type Choices = Record<Axis, string>;
