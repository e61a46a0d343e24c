import type { Backups } from '../types';

/** How backups are to be locked from now on. */
export type Lock = 'keep' | 'passphrase' | 'key' | 'recipient';

/** The least length of a passphrase, in characters: backups can be tried without end. */
export const passphraseLeast = 12;

/** What the form of the plan holds; numbers as they are typed. */
export interface Plan {
  on: boolean;
  destination: string;
  hour: string;
  days: string;
  weeks: string;
  hint: string;
  /** One Lock, or none. */
  lock: string[];
  passphrase: string;
  recipient: string;
}

export function planOf(backups: Backups): Plan {
  return {
    on: backups.on,
    destination: backups.destination,
    hour: String(backups.hour),
    days: String(backups.days),
    weeks: String(backups.weeks),
    hint: backups.hint,
    lock: [backups.recipient ? 'keep' : 'passphrase'],
    passphrase: '',
    recipient: '',
  };
}

/** For how many days, at most, backups by such a plan hold what was deleted. */
export function windowOf(plan: Pick<Plan, 'days' | 'weeks'>): number {
  return Math.max(Number(plan.days) || 0, 7 * (Number(plan.weeks) || 0), 1);
}
