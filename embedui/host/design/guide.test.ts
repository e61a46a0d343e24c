import { beforeEach, describe, expect, test } from 'vitest';
import type { Guide, GuideVersion, Topic } from '../types';
import { changes, compare, GuideEditor, sameGuide } from './guide.svelte';

const topic = (id: string, more: Partial<Topic> = {}): Topic => ({
  id,
  title: `Title ${id}`,
  aim: '',
  question: `Question ${id}?`,
  probes: [],
  follow_ups: 1,
  minutes: 3,
  ...more,
});

const version = (number: number, topics: Topic[]): GuideVersion => ({
  version: number,
  guide: { opening: 'Hello.', topics, closing: 'Thanks.' },
  brief: { topic: '', goal: '', critical: '', context: '' },
  made_by: 'rules',
  prompt_version: 'guide-rules-1',
  author_name: null,
  reason: '',
  created_at: '2026-01-01T00:00:00.000Z',
});

const ids = (guide: Guide) => guide.topics.map((t) => t.id);

let editor: GuideEditor;
beforeEach(() => {
  editor = new GuideEditor(version(3, [topic('a'), topic('b', { probes: ['Why?', 'How?'] }), topic('c')]));
});

describe('editing a guide', () => {
  test('starts clean and knows its length', () => {
    expect(editor.dirty).toBe(false);
    expect(editor.mayUndo).toBe(false);
    expect(editor.minutes).toBe(9);
  });

  test('reordering is undone and done again', () => {
    editor.moveTopic(0, 2);
    expect(ids(editor.guide())).toEqual(['b', 'c', 'a']);
    expect(editor.dirty).toBe(true);
    editor.undo();
    expect(ids(editor.guide())).toEqual(['a', 'b', 'c']);
    expect(editor.dirty).toBe(false);
    editor.redo();
    expect(ids(editor.guide())).toEqual(['b', 'c', 'a']);
  });

  test('a removed topic comes back at its place with all it had', () => {
    editor.removeTopic('b');
    expect(ids(editor.guide())).toEqual(['a', 'c']);
    editor.undo();
    expect(editor.guide().topics[1]).toEqual(topic('b', { probes: ['Why?', 'How?'] }));
  });

  test('a removed topic is put back after other edits, once', () => {
    const putBack = editor.removeTopic('b');
    editor.setText('opening', 'Good morning.');
    putBack();
    putBack();
    expect(ids(editor.guide())).toEqual(['a', 'b', 'c']);
    expect(editor.guide().opening).toBe('Good morning.');
  });

  test('typing in one field is one step, in another field another', () => {
    editor.setTopic('a', 'title', 'N');
    editor.setTopic('a', 'title', 'Ne');
    editor.setTopic('a', 'title', 'New');
    editor.setTopic('a', 'question', 'Q');
    editor.undo();
    expect(editor.guide().topics[0]).toMatchObject({ title: 'New', question: 'Question a?' });
    editor.undo();
    expect(editor.guide().topics[0]?.title).toBe('Title a');
    expect(editor.mayUndo).toBe(false);
  });

  test('a new edit after undo gives up what could have been done again', () => {
    editor.removeTopic('a');
    editor.undo();
    editor.setText('opening', 'Good morning.');
    expect(editor.mayRedo).toBe(false);
    editor.undo();
    expect(editor.guide().opening).toBe('Hello.');
  });

  test('a new topic has no id until it is saved, and keeps its row then', () => {
    const key = editor.addTopic();
    editor.setTopic(key, 'title', 'D');
    const sent = editor.plain();
    expect(editor.guide().topics[3]).not.toHaveProperty('key');
    const answer = editor.guide();
    editor.acceptVersion(version(4, answer.topics.map((t) => (t.id ? t : { ...t, id: 'd' }))), sent);
    expect(editor.base).toBe(4);
    expect(editor.dirty).toBe(false);
    expect(editor.value.topics[3]).toMatchObject({ id: 'd', key });
  });

  test('what was typed while saving stays as an edit', () => {
    editor.setText('opening', 'One');
    const sent = editor.plain();
    editor.setText('opening', 'Two');
    editor.acceptVersion({ ...version(4, [topic('a')]), guide: { ...version(4, [topic('a')]).guide, opening: 'One' } }, sent);
    expect(editor.value.opening).toBe('Two');
    expect(editor.dirty).toBe(true);
  });

  test('empty probes go before saving', () => {
    editor.addProbe('b');
    editor.addProbe('a');
    editor.tidy();
    expect(editor.guide().topics.map((t) => t.probes)).toEqual([[], ['Why?', 'How?'], []]);
  });

  test('removing a probe is undone alone', () => {
    editor.removeProbe('b', 0);
    expect(editor.guide().topics[1]?.probes).toEqual(['How?']);
    editor.undo();
    expect(editor.guide().topics[1]?.probes).toEqual(['Why?', 'How?']);
  });
});

describe('somebody else has saved meanwhile', () => {
  test('keeping the edits puts them on top of the other version', () => {
    editor.setTopic('a', 'title', 'Mine');
    editor.keepOver(version(4, [topic('a', { title: 'Theirs' })]));
    expect(editor.base).toBe(4);
    expect(editor.value.topics[0]?.title).toBe('Mine');
    expect(editor.dirty).toBe(true);
  });

  test('taking theirs can be undone', () => {
    editor.setTopic('a', 'title', 'Mine');
    editor.take(version(4, [topic('a', { title: 'Theirs' })]));
    expect(editor.guide().topics[0]?.title).toBe('Theirs');
    expect(editor.dirty).toBe(false);
    editor.undo();
    expect(editor.guide().topics[0]?.title).toBe('Mine');
    expect(editor.dirty).toBe(true);
  });
});

describe('flaws', () => {
  test('are named by the path of their field', () => {
    editor.setTopic('b', 'title', '  ');
    editor.setTopic('c', 'question', 'x'.repeat(501));
    editor.setText('closing', '');
    editor.setProbe('b', 1, '😀'.repeat(301));
    expect(editor.flaws()).toEqual({
      closing: 'flaw.empty',
      'topics[1].title': 'flaw.empty',
      'topics[1].probes[1]': 'flaw.long',
      'topics[2].question': 'flaw.long',
    });
  });

  test('a guide without topics is one', () => {
    for (const key of ['a', 'b', 'c']) editor.removeTopic(key);
    expect(editor.flaws()).toEqual({ topics: 'flaw.no_topics' });
  });
});

test('compare says which topics of a version are changed or gone', () => {
  const now = version(2, [topic('a'), topic('b', { minutes: 9 })]).guide;
  const then = version(1, [topic('c'), topic('b'), topic('a')]).guide;
  expect(compare(then, now).map((d) => [d.topic.id, d.differs])).toEqual([
    ['c', 'gone'],
    ['b', 'changed'],
    ['a', 'same'],
  ]);
});

test('sameGuide knows a guide that was saved although its answer was lost', () => {
  const key = editor.addTopic();
  editor.setTopic(key, 'title', 'D');
  const sent = editor.guide();
  const saved = { ...sent, topics: sent.topics.map((t) => (t.id === '' ? { ...t, id: 'd' } : t)) };
  expect(sameGuide(saved, sent)).toBe(true);
  expect(sameGuide({ ...saved, opening: 'Changed by somebody else.' }, sent)).toBe(false);
  expect(sameGuide({ ...saved, topics: saved.topics.slice(1) }, sent)).toBe(false);
});

describe('what a proposal would change', () => {
  const present = { opening: 'Hello.', topics: [topic('a'), topic('b'), topic('c'), topic('d')], closing: 'Thanks.' };
  const told = (topics: Topic[]) => changes({ ...present, topics }, present).map((change) => `${change.topic.id} ${change.differs}`);

  test('names what is new, other, in another place, and gone', () => {
    expect(told([topic('a', { question: 'Other?' }), topic('c'), topic('b'), topic('')])).toEqual(['a changed', 'c moved', 'b moved', ' new', 'd gone']);
  });

  test('names nothing where only something before was taken out', () => {
    expect(told([topic('b'), topic('c'), topic('d')])).toEqual(['b same', 'c same', 'd same', 'a gone']);
  });
});
