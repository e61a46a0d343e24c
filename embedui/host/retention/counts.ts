import type { Host } from '../host.svelte';
import type { ErasedCounts } from '../types';

const told = [
  ['projects', 'retention.projects'],
  ['sessions', 'retention.sessions'],
  ['conversations', 'retention.conversations'],
  ['participants', 'share.people'],
  ['turns', 'retention.turns'],
  ['sounds', 'retention.sounds'],
  ['threads', 'retention.threads'],
  ['templates', 'retention.templates'],
] as const;

/** What an erasure takes, in words; what there is none of is left out. */
export const countWords = (t: Host['t'], counts: ErasedCounts): string[] =>
  told.filter(([kind]) => counts[kind] > 0).map(([kind, words]) => t(words, { count: counts[kind] }));
