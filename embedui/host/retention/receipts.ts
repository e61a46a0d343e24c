import type { Host } from '../host.svelte';
import type { ErasureReceipt } from '../types';

/** Who has erased something: an account by its name, or in words; of what went by itself the rule too, where it is known. */
export const erasedBy = (t: Host['t'], { by, rule }: Pick<ErasureReceipt, 'by' | 'rule'>): string => {
  const who = by === 'participant' || by === 'retention' || by === 'restore' ? t(`retention.by_${by}`) : by;
  return rule === 'none' ? who : `${who} (${t(`retention.rule_${rule}`)})`;
};
