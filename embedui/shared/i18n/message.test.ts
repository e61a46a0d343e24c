import { describe, expect, test } from 'vitest';
import { bestLanguage } from './languages';
import { parametersOf, render } from './message';

describe('render', () => {
  const minutes = { one: '{count} minute left', other: '{count} minutes left' };

  test('chooses the plural form by the language', () => {
    expect(render(minutes, { count: 1 }, 'en')).toBe('1 minute left');
    expect(render(minutes, { count: 0 }, 'en')).toBe('0 minutes left');
    const uk = { one: '{count} хвилина', few: '{count} хвилини', many: '{count} хвилин', other: '{count} хвилини' };
    expect([1, 3, 5, 21].map((count) => render(uk, { count }, 'uk'))).toEqual([
      '1 хвилина',
      '3 хвилини',
      '5 хвилин',
      '21 хвилина',
    ]);
  });

  test('falls back to the general form when a category is missing', () => {
    expect(render({ other: '{count} items' }, { count: 1 }, 'en')).toBe('1 items');
  });

  test('writes numbers as the language does', () => {
    expect(render('{n} characters', { n: 10000 }, 'en')).toBe('10,000 characters');
    expect(render('{n} Zeichen', { n: 10000 }, 'de')).toBe('10.000 Zeichen');
  });

  test('puts text in as it is and never fills in twice', () => {
    expect(render('{a} and {b}', { a: '{b}', b: 'two' }, 'en')).toBe('{b} and two');
  });

  test('leaves a missing parameter visible', () => {
    expect(render('Hello {name}', {}, 'en')).toBe('Hello {name}');
  });
});

test('parametersOf names each parameter once, with the count of plurals', () => {
  expect(parametersOf('{b} {a} {b}')).toEqual(['a', 'b']);
  expect(parametersOf({ one: 'one of {n}', other: 'many' })).toEqual(['count', 'n']);
});

describe('bestLanguage', () => {
  test('takes the first wanted language that is offered, ignoring the region', () => {
    expect(bestLanguage(['xx', 'de-AT', 'en'])).toBe('de');
  });

  test('is English when nothing wanted is offered', () => {
    expect(bestLanguage(['', 'tlh'])).toBe('en');
  });
});
