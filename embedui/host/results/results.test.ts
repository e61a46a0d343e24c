import { expect, test } from 'vitest';
import { isOffered } from './results.svelte';

const report = (version: number, claims: number) => ({ version, counts: { claims } });

test('a newer report is offered, and the one that is read stays', () => {
  expect(isOffered(report(1, 3), report(2, 4))).toBe(true);
  expect(isOffered(report(1, 3), report(1, 3))).toBe(false);
});

test('where there was nothing to read, what comes is shown at once', () => {
  expect(isOffered(null, report(1, 3))).toBe(false);
  expect(isOffered(report(1, 0), report(2, 3))).toBe(false);
  expect(isOffered(report(1, 3), null)).toBe(false);
});
