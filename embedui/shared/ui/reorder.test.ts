import { describe, expect, test } from 'vitest';
import { dropIndex, moved, shift } from './reorder';

describe('moved', () => {
  test.each([
    [0, 2, ['b', 'c', 'a', 'd']],
    [3, 0, ['d', 'a', 'b', 'c']],
    [1, 1, ['a', 'b', 'c', 'd']],
    [1, 9, ['a', 'c', 'd', 'b']],
    [2, -4, ['c', 'a', 'b', 'd']],
    [7, 0, ['a', 'b', 'c', 'd']],
  ])('from %i to %i', (from, to, want) => {
    expect(moved(['a', 'b', 'c', 'd'], from, to)).toEqual(want);
  });

  test('leaves the list that it is given alone', () => {
    const list = ['a', 'b'];
    moved(list, 0, 1);
    expect(list).toEqual(['a', 'b']);
  });
});

// Three items of different heights with gaps of 10: middles at 50, 160 and 335.
const places = [
  { top: 0, height: 100 },
  { top: 110, height: 100 },
  { top: 220, height: 230 },
];

describe('dropIndex', () => {
  test.each([
    [0, 0, 0],
    [0, 59, 0],
    [0, 61, 1],
    [0, 236, 2],
    [0, 9_999, 2],
    [2, -59, 2],
    [2, -61, 1],
    [2, -171, 0],
    [1, 126, 2],
    [1, -61, 0],
  ])('item %i dragged by %i comes to %i', (from, by, want) => {
    expect(dropIndex(places, from, by)).toBe(want);
  });
});

describe('shift', () => {
  test('those between make room by the height of what passes and its gap', () => {
    expect([0, 1, 2].map((i) => shift(places, 0, 2, i))).toEqual([0, -110, -110]);
    expect([0, 1, 2].map((i) => shift(places, 2, 0, i))).toEqual([240, 240, 0]);
  });

  test('nothing moves where nothing is passed', () => {
    expect([0, 1, 2].map((i) => shift(places, 1, 1, i))).toEqual([0, 0, 0]);
  });
});
