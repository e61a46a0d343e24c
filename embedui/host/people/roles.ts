import type { Member } from '../types';

/** What somebody may do on the box, a project or a session. */
export type Role = Member['role'];

/** The roles, from the highest. */
export const roles: readonly Role[] = ['owner', 'admin', 'editor', 'viewer'];

/** Whether a role is below another: only such roles are given, changed or taken away. */
export const below = (mine: Role, role: Role): boolean => roles.indexOf(role) > roles.indexOf(mine);
