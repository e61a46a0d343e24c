import type { Control, ControlAnswer } from '../shared/api/types';

/** An answer in words, as the box stores it beside the answer. */
export function wordsOf(control: Control, answer: Pick<ControlAnswer, 'chosen' | 'rating'>): string {
  if (control.type === 'rating') return `${answer.rating} / ${control.scale}`;
  const labels = (answer.chosen ?? []).map((place) => control.options?.[place] ?? '');
  return control.type === 'ranking' ? labels.map((label, i) => `${i + 1}. ${label}`).join('\n') : labels.join('; ');
}

/** A list with the entry at one place moved to another. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), list[from] as T, ...rest.slice(to)];
}

/** What was picked and kept on the device, as far as it still fits to the control. */
export function pickedOf(control: Control, kept: string, turn: string): number[] {
  try {
    const { turn_id, picked } = JSON.parse(kept) as { turn_id: string; picked: number[] };
    const top = control.type === 'rating' ? (control.scale ?? 0) + 1 : (control.options?.length ?? 0);
    const fits = turn_id === turn && picked.every((p) => Number.isInteger(p) && p >= 0 && p < top);
    const whole = control.type !== 'ranking' || new Set(picked).size === top;
    return fits && whole ? picked : [];
  } catch {
    return [];
  }
}
