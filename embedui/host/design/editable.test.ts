import { expect, test } from 'vitest';
import { Editable } from './editable.svelte';

const brief = (more: Partial<{ topic: string; goal: string }> = {}) => ({ topic: 'Topic', goal: 'Goal', ...more });

test('what is changed elsewhere shows in fields that are not being edited, and overwrites none that are', () => {
  const edited = new Editable(brief());
  edited.change('goal', (b) => (b.goal = 'Mine'));
  edited.follow(brief({ topic: 'Renamed' }));
  expect(edited.plain()).toEqual(brief({ topic: 'Renamed', goal: 'Mine' }));
  expect(edited.dirty).toBe(true);
  edited.undo();
  edited.change('', (b) => (b.topic = 'Renamed'));
  expect(edited.dirty).toBe(false);
});

test('saving keeps what was typed meanwhile', () => {
  const edited = new Editable(brief());
  edited.change('goal', (b) => (b.goal = 'One'));
  const sent = edited.plain();
  edited.change('topic', (b) => (b.topic = 'Typed meanwhile'));
  edited.accept(brief({ goal: 'One' }), sent);
  expect(edited.plain()).toEqual(brief({ goal: 'One', topic: 'Typed meanwhile' }));
  expect(edited.dirty).toBe(true);
});

test('discarding goes back to what is saved, and can be undone', () => {
  const edited = new Editable(brief());
  edited.change('goal', (b) => (b.goal = 'One'));
  edited.discard();
  expect(edited.dirty).toBe(false);
  edited.undo();
  expect(edited.value.goal).toBe('One');
});

test('remembers two hundred steps and no more', () => {
  const edited = new Editable({ n: 0 });
  for (let n = 1; n <= 250; n++) edited.change('', (value) => (value.n = n));
  let steps = 0;
  while (edited.mayUndo) {
    edited.undo();
    steps++;
  }
  expect(steps).toBe(200);
  expect(edited.value.n).toBe(50);
});
