import { expect, test } from 'vitest';
import { NoAnswer, Refusal } from '../shared/api/errors';
import { type AppMessages, makeMessages } from './i18n';
import { called, words } from './words';

const own = new Set(['error.conflict', 'error.forbidden', 'error.not_found', 'error.internal_error']);

/** Texts that are their own keys, so that a test sees which one was chosen. */
function texts(language: 'en' | 'de'): Pick<AppMessages, 't' | 'has' | 'language'> {
  const t = (key: string, parameters?: object) => (parameters ? `${key} ${JSON.stringify(parameters)}` : key);
  const has = (key: string) => own.has(key);
  return { t, has, language } as unknown as Pick<AppMessages, 't' | 'has' | 'language'>;
}

const refusal = (status: number, code: string, message = 'Said by the box.', retryAfter: number | null = null) =>
  new Refusal(status, code, message, {}, null, retryAfter);

test.each([
  ['no network', new NoAnswer('offline'), 'en', 'error.network.offline'],
  ['a bug of ours', new TypeError('x'), 'en', 'error.unknown'],
  ['a refusal in English', refusal(409, 'conflict'), 'en', 'Said by the box.'],
  ['the same in German', refusal(409, 'conflict'), 'de', 'error.conflict'],
  ['one without words of ours', refusal(422, 'unprocessable'), 'de', 'Said by the box.'],
  ['what is not there', refusal(404, 'not_found'), 'en', 'error.not_found'],
  ['a failure of the box', refusal(500, 'internal_error'), 'en', 'error.internal_error'],
  ['a proxy that says nothing', refusal(502, 'bad_gateway', ''), 'en', 'error.unknown'],
  ['too often', refusal(429, 'rate_limited'), 'en', 'error.rate_limited'],
  ['too often, with a time', refusal(429, 'rate_limited', '', 30), 'en', 'error.wait {"count":30}'],
] as const)('%s', (_, error, language, want) => {
  expect(words(error, texts(language))).toBe(want);
});

test.each([
  ['Participant 7', 'participant.numbered {"number":"7"}'],
  ['Rehearsal 2', 'rehearsal.numbered {"number":"2"}'],
  ['Hanna', 'Hanna'],
  ['Participant 7 or so', 'Participant 7 or so'],
])('%s is called %s', (name, want) => {
  expect(called(name, texts('de'))).toBe(want);
});

test('the words are found by the messages of the app themselves', () => {
  expect(words(refusal(404, 'not_found'), makeMessages())).toBe('Said by the box.');
});
