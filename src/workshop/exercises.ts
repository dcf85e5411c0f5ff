/** One change to a file of a project, which breaks one promise of the contract. */
export interface Fault {
  /** Below the folder of the project. */
  file: string;
  /** What is replaced; it stands in the file just once. */
  from: string;
  to: string;
}

/** A fault for a learner to find, from the complaint of a user. */
export interface Exercise {
  id: string;
  title: string;
  /** The row of the contract that judges it. */
  row: string;
  /** The page of theory, by its name in the folder `workshop` of a project. */
  theory: string;
  minutes: number;
  /** The shortest workshop that has it; none where it is left to the learner. */
  path?: 'half-day' | 'day';
  /** What a user says. */
  symptom: string;
  /** From the place to the cause. */
  hints: readonly string[];
  /** Its fault in the code of each layer that has one, by the layer's folder. */
  faults: Readonly<Record<string, Fault>>;
}

/** What workshops are made of. */
export interface Workshop {
  exercises: Exercise[];
  /** Files of a project that it does without; a folder ends with a slash. */
  leftOut: string[];
}

/** The fault of an exercise in a project that is made of these layers. */
export function faultOf({ id, faults }: Exercise, layers: readonly { id: string }[]): Fault {
  // That of the framework is after that of its language.
  const layer = layers.findLast((each) => Object.hasOwn(faults, each.id));
  if (!layer) throw new Error(`no layer of the project has a fault for the exercise "${id}"`);
  return faults[layer.id]!;
}

/**
 * Replaces what stands in a text just once.
 * @returns undefined when it does not
 */
export function replaced(text: string, from: string, to: string): string | undefined {
  const [before, after, ...more] = text.split(from);
  return after === undefined || more.length > 0 ? undefined : `${before}${to}${after}`;
}
