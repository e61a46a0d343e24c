import type { Models } from '../types';

/** The kinds of work for which a session or a project may have a model of its own. */
export const chosenRoles = ['facilitator', 'analyst'] as const;
export type ChosenRole = (typeof chosenRoles)[number];

/** Whether there is anything to choose from, or to take back. */
export function choosable(models: Models | undefined, chosen: (role: ChosenRole) => string): models is Models {
  return models !== undefined && (models.installed.length > 0 || chosenRoles.some((role) => chosen(role) !== ''));
}
