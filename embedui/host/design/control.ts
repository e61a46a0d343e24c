import type { Control } from '../types';

type Words = (key: `control.${Control['type']}`) => string;

/** By what a question can be answered, on one line; "" for words alone. */
export function controlWords(control: Control | null | undefined, t: Words): string {
  if (!control) return '';
  const kind = t(`control.${control.type}`);
  if (control.type !== 'rating') return `${kind}: ${(control.options ?? []).join(' · ')}`;
  const labels = [control.low, control.high].filter(Boolean).join(' – ');
  return `${kind}: 1–${control.scale}${labels ? ` (${labels})` : ''}`;
}
