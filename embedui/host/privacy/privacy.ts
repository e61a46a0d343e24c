import type { Privacy } from '../types';

/** The ways out that were open when the box tried. */
export function waysOpen(facts: Pick<Privacy, 'tried'>): Privacy['tried'] {
  return facts.tried.filter((way) => way.open);
}

/** A number of bytes for people, in the largest unit that gives at least 1. */
export function sizeOf(bytes: number, language: string): string {
  let unit = 0;
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[unit] ?? 'byte', maximumFractionDigits: bytes < 10 ? 1 : 0 }).format(bytes);
}
