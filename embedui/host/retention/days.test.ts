import { expect, test } from 'vitest';
import { daysOf } from './days';

test.each([
  ['', 0],
  ['  ', 0],
  ['30', 30],
  [' 365 ', 365],
  ['36500', 36_500],
  ['36501', null],
  ['0', null],
  ['-3', null],
  ['2.5', null],
  ['soon', null],
])('the days in %j are %j', (typed, days) => {
  expect(daysOf(typed)).toBe(days);
});
