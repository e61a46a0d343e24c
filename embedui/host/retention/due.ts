import type { Host } from '../host.svelte';
import type { Due } from '../types';

/** What of a session goes by itself, in words. */
export function goes(t: Host['t'], due: Due): string {
  if (due.recordings > 0) return t('retention.sound_goes', { count: due.recordings });
  return t(due.whole ? 'retention.whole' : 'retention.part', { count: due.conversations });
}
