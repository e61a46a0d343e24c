import { expect, test } from 'vitest';
import { found } from './search';

const sections = [
  { title: 'Joining', text: 'Joining. Scan the code, or type it for yourself.' },
  { title: 'Für später', text: 'Für später. Der private Link führt zurück.' },
  { title: 'Code', text: 'Code. Six letters.' },
  { title: 'الرمز', text: 'الرمز: امسح الرَّمز' },
];
const titles = (words: string) => found(sections, words).map((section) => section.title);

test('every word has to begin a word of the section; a word in the title comes first', () => {
  expect(titles('code')).toEqual(['Code', 'Joining']);
  expect(titles('code let')).toEqual(['Code']);
  expect(titles('ode')).toEqual([]);
});

test('accents and marks make no difference', () => {
  expect(titles('fur')).toEqual(['Für später']);
  expect(titles('الرمز')).toEqual(['الرمز']);
});

test('nothing but signs finds nothing', () => {
  expect(titles('?!')).toEqual([]);
});
