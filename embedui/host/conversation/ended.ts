import type { AppMessages } from '../i18n';
import type { ConversationItem } from '../types';

/** In a word or two: whether a conversation goes on, or how it came to its end. */
export function endedWords({ state, ended }: Pick<ConversationItem, 'state' | 'ended'>, t: AppMessages['t']): string {
  if (state === 'active') return t('ended.active');
  return t(ended === 'early' ? 'ended.early' : ended === 'closed' ? 'ended.closed' : 'ended.complete');
}
