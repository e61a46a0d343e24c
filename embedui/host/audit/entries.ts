import type { AppMessages } from '../i18n';
import { href } from '../routes';
import type { AuditEntry } from '../types';

type Words = Pick<AppMessages, 't' | 'has'>;

/** The kinds of actions that the trail tells apart, each the first word of its actions, in the order of a list to choose from. */
export const kinds = [
  'login', 'logout', 'password', 'factor', 'account', 'group', 'key',
  'session', 'invitation', 'participant', 'conversation', 'transcript', 'responses', 'results', 'insight', 'thread', 'answer', 'project', 'template',
  'retention', 'hold', 'erasure', 'withdrawal', 'backup', 'restore', 'audit', 'support', 'setting', 'model', 'box', 'way', 'webhook',
] as const;

/**
 * What was done, in words: the kind of thing, and what was done to it, such as "Session: exported (PDF, with names)". An action that has no
 * words yet stands as the box writes it.
 */
export function did(action: string, { t, has }: Words): string {
  const [kind = '', what, ...more] = action.split('.');
  const kindKey = `audit.kind_${kind}`;
  if (!has(kindKey)) return action;
  if (!what) return t(kindKey);
  const whatKey = `audit.did_${what}`;
  if (!has(whatKey)) return `${t(kindKey)}: ${[what, ...more].join('.')}`;
  const how = more.map((word) => (word === 'names' ? t('audit.with_names') : word.toUpperCase()));
  return `${t(kindKey)}: ${t(whatKey)}${how.length > 0 ? ` (${how.join(', ')})` : ''}`;
}

/** Who did it: the name of the account, else what stands for nobody's account, else the id of one that is gone. */
export function who(entry: Pick<AuditEntry, 'actor' | 'name'>, { t, has }: Words): string {
  if (entry.name) return entry.name;
  const key = `audit.by_${entry.actor.replaceAll(' ', '_')}`;
  return has(key) ? t(key) : t('audit.by_gone', { id: entry.actor });
}

/** The page that shows what it was done to; null where there is none. */
export function pageOf({ action, object }: Pick<AuditEntry, 'action' | 'object'>): string | null {
  if (action.endsWith('.delete')) return null;
  const page = ({ hst_: 'session', cnv_: 'conversation', prj_: 'project' } as const)[object.slice(0, 4) as 'hst_'];
  return page ? href(page, object) : null;
}

/** The moments between which days lie that were chosen, where the person sits: from the first moment of one to the last of the other. */
export function between(from: string, to: string): { from?: string; to?: string } {
  const first = from ? new Date(`${from}T00:00:00`) : null;
  const after = to ? new Date(`${to}T00:00:00`) : null;
  after?.setDate(after.getDate() + 1);
  return { from: first?.toISOString(), to: after?.toISOString() };
}
