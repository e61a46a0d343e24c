import type { MeetingDetail, Turn } from '../types';

/** A stretch of a recording of which nothing stands in the transcript. */
export interface Hole {
  start_ms: number;
  end_ms: number;
  kind: 'missing' | 'inaudible';
  /** The part of the transcript that it is; none before there is a transcript. */
  part?: { track: number; position: number };
}

type Mark = MeetingDetail['marks'][number];

/** What stands below each other in a transcript: a turn with its place among the turns, a hole, or a mark. */
export interface Row {
  key: string;
  at: number;
  turn?: Turn;
  hole?: Hole;
  mark?: Mark;
}

/** Puts turns, holes and marks in the order of their times. Turns keep their order; those without a time follow the one before. */
export function rowsOf(turns: readonly Turn[], holes: readonly Hole[], marks: readonly Mark[]): Row[] {
  const others: (Row & { ms: number })[] = [
    ...holes.map((hole, i) => ({ key: `hole ${i}`, at: -1, hole, ms: hole.start_ms })),
    ...marks.map((mark) => ({ key: mark.id, at: -1, mark, ms: mark.at_ms })),
  ].sort((a, b) => a.ms - b.ms);
  const rows: Row[] = [];
  let next = 0;
  turns.forEach((turn, at) => {
    while (next < others.length && turn.end_ms > 0 && others[next]!.ms <= turn.start_ms) rows.push(others[next++]!);
    rows.push({ key: turn.id, at, turn });
  });
  return [...rows, ...others.slice(next)];
}
