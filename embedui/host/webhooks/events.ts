import type { AppMessages } from '../i18n';
import type { Delivery } from '../types';

/** What a webhook can be told of. */
export const events = ['session.opened', 'session.closed', 'conversation.finished', 'meeting.ready', 'report.ready'] as const;

/** What happened, in words; as the box writes it where there are none yet. */
export function eventWords(event: string, { t, has }: Pick<AppMessages, 't' | 'has'>): string {
  const key = `webhooks.event_${event.replace('.', '_')}`;
  return has(key) ? t(key) : event;
}

/** What came of telling it. */
export function outcome(delivery: Pick<Delivery, 'state' | 'problem' | 'status'>, { t }: Pick<AppMessages, 't'>): string {
  if (delivery.problem) return t(`webhooks.problem_${delivery.problem}`, { status: String(delivery.status) });
  return delivery.state === 'delivered' ? t('webhooks.told', { status: String(delivery.status) }) : t('webhooks.waiting');
}
