import { expect, test } from 'vitest';
import { around, characters, tidy } from './text';

test('characters are code points, not UTF-16 units', () => {
  expect(characters('aß𝄞')).toBe(3);
});

test('tidy takes out invisible control characters and nothing that can be read', () => {
  expect(tidy('a\u0000b\u202ec\ufeffd\u0085e')).toBe('abcde');
  expect(tidy('Zeile eins\r\n\tZeile zwei\rdrei')).toBe('Zeile eins\n\tZeile zwei\ndrei');
  expect(tidy('می\u200cخواهم \u200eabc\u061c')).toBe('می\u200cخواهم \u200eabc\u061c');
});

test('a read-back is told apart from the list of its points', () => {
  const text = 'This is how I understood you:\n\n• Board: “It helps.”\n• Nights: “Too few.”\n\nWhat would you put differently?';
  expect(around(text, true)).toEqual([['This is how I understood you:'], ['What would you put differently?']]);
  expect(around('First.\n\n• no read-back', false)).toEqual([['First.', '• no read-back'], []]);
});
