/** A change to the built default project that breaks one promise of the contract. */
export interface Mutant {
  /** The row that must fail. */
  row: string;
  /** What the API does then, after "it …". */
  name: string;
  /** The file below the project's folder. */
  file: string;
  /** What is replaced; it stands in the file just once. */
  from: string | RegExp;
  to: string;
  /** Other rows that may fail with it, since they build on the same promise. */
  also?: string[];
}
