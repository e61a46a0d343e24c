import type { Privacy } from '../types';

/** The kinds of ways out as they are told to people. */
export type KindOfWay = 'net' | 'dns' | 'crafted' | 'socket';

const kinds: Record<Privacy['tried'][number]['way'], KindOfWay> = {
  tcp: 'net',
  udp: 'net',
  dns: 'dns',
  raw: 'crafted',
  packet: 'crafted',
  socket: 'socket',
};

/** The kinds of ways out that were open when the box tried, each once. */
export function waysOpen(facts: Pick<Privacy, 'tried'>): KindOfWay[] {
  return [...new Set(facts.tried.filter((way) => way.open).map((way) => kinds[way.way]))];
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
