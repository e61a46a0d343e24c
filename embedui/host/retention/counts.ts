import type { Host } from '../host.svelte';
import type { ErasedCounts } from '../types';

const told = ['projects', 'sessions', 'conversations', 'turns', 'threads', 'templates'] as const;

/** What an erasure takes, in words; what there is none of is left out. */
export const countWords = (t: Host['t'], counts: ErasedCounts): string[] =>
  told.filter((kind) => counts[kind] > 0).map((kind) => t(`retention.${kind}`, { count: counts[kind] }));
