/** The longest period, in days; the box refuses more. */
export const maxDays = 36_500;

/** The days that somebody has typed: 0 for nothing, null for what is no number of days. */
export function daysOf(typed: string): number | null {
  const text = typed.trim();
  if (text === '') return 0;
  const days = Number(text);
  return Number.isInteger(days) && days >= 1 && days <= maxDays ? days : null;
}

/** Days as somebody would type them. */
export const shown = (days: number): string => (days > 0 ? String(days) : '');
