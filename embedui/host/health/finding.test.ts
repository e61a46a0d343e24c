import { expect, test } from 'vitest';
import { type Catalogue, render } from '../../shared/i18n/message';
import type { AppMessages } from '../i18n';
import german from '../i18n/language-de';
import type { HealthSentence } from '../types';
import { findingWords } from './finding';

const messages = {
  language: 'de',
  t: (key: string, parameters = {}) => render((german as Catalogue)[key] ?? key, parameters, 'de'),
  has: (key: string) => key in german,
  number: (value: number, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat('de', options).format(value),
  date: (value: string) => `<${value}>`,
} as unknown as AppMessages;

const finding: HealthSentence = { about: 'disk', level: 'warn', text: 'Little room.', todo: 'Delete something.' };

test('a finding with a code is said in the language of the page', () => {
  const values = { free: { kind: 'bytes', value: '1234567890' }, percent: { kind: 'number', value: '4' } } as const;
  expect(findingWords({ ...finding, code: 'disk.low', values }, messages)).toEqual({
    text: '1,2 GB der Platte sind frei (4 %). Aufnahmen, Importe und Proben werden abgelehnt, damit den Gesprächen der Rest bleibt.',
    todo: 'Löschen Sie Sitzungen, die nicht mehr gebraucht werden, oder geben Sie der Platte mehr Platz.',
    lang: undefined,
  });
});

test('times and stretches of time are written as the page writes them', () => {
  const words = findingWords({ ...finding, code: 'speed.first', values: { model: { kind: 'text', value: 'a:1b' }, first: { kind: 'seconds', value: '1.2' } } }, messages);
  expect(words).toEqual({ text: 'a:1b sagt sein erstes Wort nach 1,2 s.', todo: '', lang: undefined });
  const since = { kind: 'time', value: '2026-11-22T12:03:00Z' } as const;
  expect(findingWords({ ...finding, code: 'models.absent', values: { since } }, messages).text).toContain('<2026-11-22T12:03:00Z>');
});

test.each([undefined, 'disk.of_a_newer_box'])('of the code %s the words of the box are shown, as English', (code) => {
  expect(findingWords({ ...finding, code }, messages)).toEqual({ text: 'Little room.', todo: 'Delete something.', lang: 'en' });
});
