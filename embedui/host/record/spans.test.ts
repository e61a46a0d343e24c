import { expect, test } from 'vitest';
import { inWords } from './spans';

test('a length of time is said in the words of the language, without what is none', () => {
  expect([0, 10, 755, 3_600, 3_723].map((s) => inWords(s, 'en'))).toEqual(['0 sec', '10 sec', '12 min 35 sec', '1 hr', '1 hr 2 min 3 sec']);
  expect(inWords(755, 'de')).toBe('12 Min. 35 Sek.');
});
