import { describe, expect, test } from 'vitest';
import type { FormField } from '../shared/api/types';
import { fieldsOf, given, problemOf } from './form';

const field = (type: FormField['type'], required = true, options: string[] = []): FormField => ({
  id: 'fld_1',
  type,
  text: 'Question',
  required,
  options,
});

test('a form asks for name and e-mail address, unless it is anonymous or asks for an address itself', () => {
  const asked = (anonymous: boolean, ...fields: FormField[]) =>
    fieldsOf({ anonymous, fields, account_name: '' }, (id) => id).map((f) => `${f.id} ${f.type}${f.required ? '!' : ''}`);
  expect(asked(false, field('Number'))).toEqual(['name Short field', 'email Email', 'fld_1 Number!']);
  expect(asked(false, field('Email'))).toEqual(['name Short field', 'fld_1 Email!']);
  expect(asked(true, field('Number'))).toEqual(['fld_1 Number!']);
});

describe('problemOf', () => {
  test('a name is shorter than other short answers', () => {
    const name = { ...field('Short field', false), id: 'name' };
    expect(problemOf(name, ['x'.repeat(100)])).toBe(null);
    expect(problemOf(name, ['x'.repeat(101)])).toBe('long');
  });
  test.each<[FormField['type'], string[], string | null]>([
    ['Short field', [' '], 'answer'],
    ['Short field', ['nurse'], null],
    ['Short field', ['x'.repeat(500)], null],
    ['Short field', ['x'.repeat(501)], 'long'],
    ['Short field', ['🎵'.repeat(500)], null],
    ['Long field', ['x'.repeat(4000)], null],
    ['Long field', ['x'.repeat(4001)], 'long'],
    ['Email', ['ada@example.org'], null],
    ['Email', ['ada@box'], null],
    ['Email', ['ada.example.org'], 'email'],
    ['Email', ['Ada <ada@example.org>'], 'email'],
    ['Options', [], 'answer'],
    ['Multiple', [], 'answer'],
    ['Rating', ['4'], null],
    ['Number', ['3,5'], null],
    ['Number', ['1 200'], null],
    ['Number', ['-0.5'], null],
    ['Number', ['three'], 'number'],
    ['Number', ['1,2,3'], 'number'],
    ['Date', ['2026-03-31'], null],
    ['Date', ['2026-02-30'], 'date'],
    ['Date', ['31.3.2026'], 'date'],
    ['Consent', ['true'], null],
    ['Consent', ['false'], 'tick'],
  ])('%s %j: %s', (type, values, problem) => {
    expect(problemOf(field(type), values)).toBe(problem);
  });

  test('nothing is wrong with leaving out what may be left out', () => {
    for (const type of ['Short field', 'Email', 'Options', 'Number', 'Date', 'Consent'] as const) {
      expect(problemOf(field(type, false), []), type).toBeNull();
    }
  });
});

describe('given', () => {
  test('leaves out what is empty and tidies the rest', () => {
    expect(given(field('Short field'), ['  a\u0000b '])).toEqual(['ab']);
    expect(given(field('Short field'), ['  '])).toEqual([]);
    expect(given(field('Number'), ['1 200,5'])).toEqual(['1200.5']);
    expect(given(field('Consent', false), ['false'])).toEqual([]);
    expect(given(field('Multiple'), ['a', 'b'])).toEqual(['a', 'b']);
  });
});
