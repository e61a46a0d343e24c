import { expect, test } from 'vitest';
import { formOf } from './restore';

test('the file comes last, since the box reads the form as it comes', () => {
  const file = new File(['abc'], 'x.age');
  const form = formOf({ token: 't', passphrase: 'p', file, journal: new File(['j'], 'deletions-1.jsonl'), anyway: false });
  expect([...form.keys()]).toEqual(['token', 'passphrase', 'deletions', 'anyway', 'backup']);
  expect(form.get('anyway')).toBe('false');
});

test('without a journal none is sent, and a part of the file stands for it', () => {
  const file = new File(['abcdef'], 'x.age');
  const form = formOf({ token: 't', passphrase: 'p', file, journal: null, anyway: true }, file.slice(0, 2));
  expect([...form.keys()]).toEqual(['token', 'passphrase', 'anyway', 'backup']);
  expect((form.get('backup') as File).size).toBe(2);
});
