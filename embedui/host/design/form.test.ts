import { beforeEach, describe, expect, test } from 'vitest';
import type { FormField } from '../types';
import { FormEditor } from './form.svelte';

const field = (id: string, more: Partial<FormField> = {}): FormField => ({
  id,
  type: 'Short field',
  text: `Text ${id}`,
  required: false,
  options: [],
  ...more,
});

let form: FormEditor;
beforeEach(() => {
  form = new FormEditor([field('a'), field('b', { type: 'Options', options: ['one', 'two'] })]);
});

describe('editing a form', () => {
  test('sends options only for a choice and an id only where there is one', () => {
    const key = form.add('Rating');
    form.set(key, 'text', ' How well? ');
    expect(form.fields()).toEqual([
      { id: 'a', type: 'Short field', text: 'Text a', required: false },
      { id: 'b', type: 'Options', text: 'Text b', required: false, options: ['one', 'two'] },
      { type: 'Rating', text: 'How well?', required: false },
    ]);
  });

  test('a change of type and back keeps the options', () => {
    form.setType('b', 'Number');
    form.setType('b', 'Multiple');
    expect(form.fields()[1]).toMatchObject({ type: 'Multiple', options: ['one', 'two'] });
  });

  test('a question that becomes a choice starts with room for two options', () => {
    form.setType('a', 'Options');
    expect(form.value.fields[0]?.options).toEqual(['', '']);
  });

  test('a pasted list becomes one option a line', () => {
    form.setOption('b', 1, 'red\ngreen\n\nblue');
    expect(form.value.fields[1]?.options).toEqual(['one', 'red', 'green', 'blue']);
  });

  test('a removed question comes back by undo', () => {
    form.remove('b');
    form.undo();
    expect(form.fields()[1]).toMatchObject({ id: 'b', options: ['one', 'two'] });
    expect(form.dirty).toBe(false);
  });

  test('options and questions change places', () => {
    form.moveOption('b', 0, 1);
    form.move(0, 1);
    expect(form.fields()[0]).toMatchObject({ id: 'b', options: ['two', 'one'] });
  });

  test('is clean once the box has saved it', () => {
    const key = form.add('Date');
    form.set(key, 'text', 'When?');
    const sent = form.plain();
    form.acceptFields([field('a'), field('b', { type: 'Options', options: ['one', 'two'] }), field('c', { type: 'Date', text: 'When?' })], sent);
    expect(form.dirty).toBe(false);
    expect(form.value.fields[2]?.key).toBe(key);
  });
});

test('flaws are named by the path of their field', () => {
  form.set('a', 'text', '');
  form.setOption('b', 1, 'one');
  form.setType(form.add('Multiple'), 'Multiple');
  expect(form.flaws()).toEqual({
    'fields[0].text': 'flaw.empty',
    'fields[1].options[1]': 'flaw.twice',
    'fields[2].text': 'flaw.empty',
    'fields[2].options': 'flaw.options',
  });
});
