import { describe, expect, test } from 'vitest';
import { highlight, utf16Index } from './highlight';

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** The range of a part of a text as the box would store it. */
function range(text: string, part: string) {
  const start = bytes(text.slice(0, text.indexOf(part)));
  return { start, end: start + bytes(part) };
}

describe('highlight', () => {
  test.each([
    ['plain', 'The lift is too small.', 'too small'],
    ['at the start', 'Too small, that lift.', 'Too small'],
    ['the whole', 'Too small.', 'Too small.'],
    ['after umlauts', 'Für die Größe der Küche: zu klein.', 'zu klein'],
    ['after an emoji of several parts', 'Us 👩‍👩‍👧 and them: never enough.', 'never enough'],
    ['of Arabic', 'قال المعلم إن الوقت ضيق.', 'الوقت ضيق'],
    ['of a combining mark', 'Cafe\u0301 au lait', 'Cafe\u0301'],
    ['across lines', 'First line.\nSecond line.', 'line.\nSecond'],
  ])('marks exactly the words: %s', (_, text, part) => {
    const parts = highlight(text, [range(text, part)]);
    expect(parts.filter((p) => p.marked).map((p) => p.text)).toEqual([part]);
    expect(parts.map((p) => p.text).join('')).toBe(text);
  });

  test('joins ranges that overlap or touch and keeps others apart', () => {
    const text = 'one two three four';
    const parts = highlight(text, [range(text, 'three'), range(text, 'one two'), range(text, 'two three')]);
    expect(parts).toEqual([
      { text: 'one two three', marked: true },
      { text: ' four', marked: false },
    ]);
    expect(highlight(text, [range(text, 'four'), range(text, 'one')]).filter((p) => p.marked)).toHaveLength(2);
  });

  test.each([
    ['inside a character', { start: 2, end: 4 }],
    ['beyond the end', { start: 0, end: 99 }],
    ['empty', { start: 2, end: 2 }],
    ['backwards', { start: 4, end: 2 }],
  ])('marks nothing for a range that is %s', (_, wrong) => {
    expect(highlight('Köln', [wrong])).toEqual([{ text: 'Köln', marked: false }]);
  });

  test('gives back an empty text', () => {
    expect(highlight('', [{ start: 0, end: 1 }])).toEqual([{ text: '', marked: false }]);
  });
});

test('utf16Index agrees with the encoder at every boundary', () => {
  const text = 'aé€😀ب';
  let index = 0;
  for (const letter of text) {
    expect(utf16Index(text, bytes(text.slice(0, index)))).toBe(index);
    index += letter.length;
  }
  expect(utf16Index(text, bytes(text))).toBe(text.length);
});
