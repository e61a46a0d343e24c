import { expect, test } from 'vitest';
import { nameOf } from './download';

test('a file has the name that the box gives it', () => {
  expect(nameOf('attachment; filename=handover.pdf', 'x')).toBe('handover.pdf');
  expect(nameOf('attachment; filename="two words.csv"', 'x')).toBe('two words.csv');
  expect(nameOf("attachment; filename*=utf-8''%C3%BCbergabe.md", 'x')).toBe('übergabe.md');
  expect(nameOf("attachment; filename*=utf-8''%ZZ", 'x')).toBe('x');
  expect(nameOf(null, 'x')).toBe('x');
});
