import { expect, test } from 'vitest';
import { labelsOf, over, sheetsOf, tableOf } from './invitations';

test.each([
  ['lines', 'Ana\nBen\n\n  Zoë  ', ['Ana', 'Ben', 'Zoë']],
  ['lines of Windows', 'Ana\r\nBen\r\n', ['Ana', 'Ben']],
  ['a table', 'Ana,Ward 3\nBen,', ['Ana, Ward 3', 'Ben']],
  ['a table with semicolons, where a comma is a comma', 'Ana;Ward 3, night\n', ['Ana, Ward 3, night']],
  ['what was copied from a spreadsheet', 'Ana\tWard 3', ['Ana, Ward 3']],
  ['quotation marks', '"Koch, Ana","says ""hello"""', ['Koch, Ana, says "hello"']],
  ['a quotation mark within a word', 'Ward 3" west', ['Ward 3" west']],
  ['nothing', ' \n\n', []],
])('the labels of %s', (_, text, labels) => {
  expect(labelsOf(text)).toEqual(labels);
});

test('a link leads over another address with its secret', () => {
  expect(over('http://127.0.0.1:8080/chat?s=hst_1#i=abc', 'https://192.168.1.20')).toBe('https://192.168.1.20/chat?s=hst_1#i=abc');
  expect(over('http://127.0.0.1:8080/chat?s=hst_1#i=abc', undefined)).toBe('http://127.0.0.1:8080/chat?s=hst_1#i=abc');
});

test('cards fill sheets, the last as far as they go', () => {
  expect(sheetsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
});

test('no label becomes a formula', () => {
  expect(tableOf([{ number: 1, label: '=1+1 "x"', url: 'http://box/' }])).toBe(
    '\ufeffnumber,label,link\r\n1,"\'=1+1 ""x""","http://box/"\r\n',
  );
});
