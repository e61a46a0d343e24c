import { expect, test } from 'vitest';
import { difference, placed } from './design.svelte';

test('only what has changed is sent', () => {
  expect(difference({ topic: 'A', goal: 'B' }, { topic: 'A', goal: 'C' })).toEqual({ goal: 'C' });
  expect(difference({ project_id: 'prj_1' as string | null }, { project_id: null })).toEqual({ project_id: null });
});

test('what the box refuses stands at the field of the part that was saved', () => {
  expect(placed({ topic: 'Too long.', host: 'One line.', take_over_after: 'Too soon.' }, ['brief', 'settings'])).toEqual({
    'brief.topic': 'Too long.',
    'settings.host': 'One line.',
    'settings.take_over_after': 'Too soon.',
  });
  expect(placed({ 'guide.topics[2].title': 'Empty.', 'topics[0].aim': 'Too long.' }, ['guide'])).toEqual({
    'guide.topics[2].title': 'Empty.',
    'guide.topics[0].aim': 'Too long.',
  });
  expect(placed({ 'fields[1].options[0]': 'Twice.' }, ['form'])).toEqual({ 'form.fields[1].options[0]': 'Twice.' });
});
