import { expect, test } from 'vitest';
import type { Control } from '../shared/api/types';
import { moved, pickedOf, wordsOf } from './control';

const needs: Control = { type: 'ranking', options: ['Pay', 'Hours', 'Respect'] };
const shifts: Control = { type: 'multiple', options: ['Early', 'Late', 'Night'] };
const stars: Control = { type: 'rating', scale: 5 };

test('an answer reads as the box will store it', () => {
  expect(wordsOf(stars, { rating: 4 })).toBe('4 / 5');
  expect(wordsOf(shifts, { chosen: [0, 2] })).toBe('Early; Night');
  expect(wordsOf(needs, { chosen: [2, 0, 1] })).toBe('1. Respect\n2. Pay\n3. Hours');
});

test('an entry moves to another place, and the others close up', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(moved(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'b', 'c']);
});

test('what was picked comes back only to the question that it was picked for', () => {
  const kept = (turn_id: string, picked: number[]) => JSON.stringify({ turn_id, picked });
  expect(pickedOf(shifts, kept('trn_1', [0, 2]), 'trn_1')).toEqual([0, 2]);
  expect(pickedOf(shifts, kept('trn_1', [0, 2]), 'trn_2')).toEqual([]);
  expect(pickedOf(shifts, kept('trn_1', [0, 7]), 'trn_1')).toEqual([]);
  expect(pickedOf(needs, kept('trn_1', [0, 1]), 'trn_1')).toEqual([]);
  expect(pickedOf(stars, kept('trn_1', [5]), 'trn_1')).toEqual([5]);
  expect(pickedOf(stars, '', 'trn_1')).toEqual([]);
});
