/** Visible ASCII: what keys of caches and settings of the database take. */
const form = /^[!-~]{1,255}$/;

/** Whether a value can name a tenant. */
export function isTenant(value: unknown): value is string {
  return typeof value === 'string' && form.test(value);
}

/** The tenant that a claim names; other forms than a name of a tenant name none. */
export function tenantIn(claim: unknown): string | undefined {
  return isTenant(claim) ? claim : undefined;
}
