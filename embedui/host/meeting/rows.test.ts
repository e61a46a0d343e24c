import { expect, test } from 'vitest';
import type { Turn } from '../types';
import { rowsOf } from './rows';

const turn = (id: string, start_ms: number, end_ms: number) => ({ id, start_ms, end_ms }) as Turn;

test('holes and marks stand where they are in time, and turns keep their order', () => {
  const rows = rowsOf(
    [turn('a', 0, 900), turn('b', 0, 0), turn('c', 5_000, 6_000)],
    [{ start_ms: 1_000, end_ms: 4_000, kind: 'missing' }, { start_ms: 9_000, end_ms: 9_500, kind: 'inaudible' }],
    [{ id: 'm', kind: 'decision', at_ms: 4_500, text: '' }],
  );
  expect(rows.map((row) => row.key)).toEqual(['a', 'b', 'hole 0', 'm', 'c', 'hole 1']);
  expect(rows.map((row) => row.at)).toEqual([0, 1, -1, -1, 2, -1]);
});
