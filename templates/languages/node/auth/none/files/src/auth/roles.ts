/** Roles of callers. Without sign-in every caller has all of them. */
export const roles = ['reader', 'editor', 'admin'] as const;

export type Role = (typeof roles)[number];
