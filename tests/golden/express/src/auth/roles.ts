/** What a caller may do, from least to most; each role includes those before it. */
export const roles = ['reader', 'editor', 'admin'] as const;

export type Role = (typeof roles)[number];

/** The role and all that it includes. */
export function rolesUpTo(role: Role): Role[] {
  return roles.slice(0, roles.indexOf(role) + 1);
}
