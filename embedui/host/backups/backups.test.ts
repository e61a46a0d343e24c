import { expect, test } from 'vitest';
import type { Backups } from '../types';
import { planOf, windowOf } from './backups';

const none = { on: false, destination: '/b', hour: 2, days: 7, weeks: 4, hint: '', recipient: '' } as Backups;

test('a box whose backups are not locked yet is asked how', () => {
  expect(planOf(none).lock).toEqual(['passphrase']);
  expect(planOf({ ...none, recipient: 'age1x' }).lock).toEqual(['keep']);
});

test('deleted words are held by the oldest backup that is kept', () => {
  expect(windowOf({ days: '7', weeks: '4' })).toBe(28);
  expect(windowOf({ days: '30', weeks: '0' })).toBe(30);
  expect(windowOf({ days: '', weeks: '' })).toBe(1);
});
