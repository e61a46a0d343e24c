import { expect, test } from 'vitest';
import { type Catalogue, render } from '../../shared/i18n/message';
import english from '../i18n/language-en';
import { events, eventWords, outcome } from './events';

const words = {
  t: (key: string, parameters = {}) => render((english as Catalogue)[key] ?? key, parameters, 'en'),
  has: (key: string): key is keyof typeof english & string => key in english,
};

test('every event that can be chosen has words, and one that is unknown stands as it is', () => {
  expect(events.filter((event) => eventWords(event, words) === event)).toEqual([]);
  expect(eventWords('box.levitated', words)).toBe('box.levitated');
});

test('what came of telling says the status that was answered, or why there was none', () => {
  expect(outcome({ state: 'delivered', problem: '', status: 204 }, words)).toContain('204');
  expect(outcome({ state: 'waiting', problem: 'status', status: 500 }, words)).toContain('500');
  expect(outcome({ state: 'failed', problem: 'unreachable', status: 0 }, words)).toMatch(/no answer/i);
  expect(outcome({ state: 'waiting', problem: '', status: 0 }, words)).toBe('Not told yet');
});
