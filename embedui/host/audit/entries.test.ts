import { expect, test } from 'vitest';
import { between, did, kinds, pageOf, who } from './entries';
import { type Catalogue, render } from '../../shared/i18n/message';
import english from '../i18n/language-en';

const words = {
  t: (key: string, parameters = {}) => render((english as Catalogue)[key] ?? key, parameters, 'en'),
  has: (key: string): key is keyof typeof english & string => key in english,
};

test.each([
  ['session.open', 'Session: opened'],
  ['session.export.pdf.names', 'Session: exported (PDF, with names)'],
  ['login', 'Log-in'],
  ['login.refused', 'Log-in: refused'],
  ['session.levitate', 'Session: levitate'],
  ['levitation.begin', 'levitation.begin'],
])('%s is told as %s', (action, said) => {
  expect(did(action, words)).toBe(said);
});

test('every kind that can be chosen has words', () => {
  expect(kinds.filter((kind) => !words.has(`audit.kind_${kind}`))).toEqual([]);
});

test('whoever did it has a name, or words for having none', () => {
  expect(who({ actor: 'acc_1', name: 'Ruth' }, words)).toBe('Ruth');
  expect(who({ actor: 'command line', name: '' }, words)).toBe('Command line');
  expect(who({ actor: 'acc_1', name: '' }, words)).toContain('acc_1');
});

test('only what has a page and is still there is a link', () => {
  expect(pageOf({ action: 'session.open', object: 'hst_1' })).toBe('/sessions/hst_1');
  expect(pageOf({ action: 'session.delete', object: 'hst_1' })).toBeNull();
  expect(pageOf({ action: 'setting.change', object: 'contact' })).toBeNull();
});

test('the last day that was chosen counts whole', () => {
  const { from, to } = between('2026-11-30', '2026-11-30');
  expect(Date.parse(to!) - Date.parse(from!)).toBe(86_400_000);
  expect(between('', '')).toEqual({ from: undefined, to: undefined });
});
