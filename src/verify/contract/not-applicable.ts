/** A row finds out while it runs that this API lacks what it checks. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}
