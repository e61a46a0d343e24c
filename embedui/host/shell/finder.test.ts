import { expect, test } from 'vitest';
import { fold } from './finder.svelte';

test.each([
  ['Über', 'uber'],
  ['PROJEKTE', 'projekte'],
  ['Cafe\u0301', 'cafe'],
  ['проект', 'проект'],
])('%s is found as %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
});
