import { describe, expect, test } from 'vitest';
import type { Guide, Topic } from '../types';
import { wordDiff } from './diff';
import { merged } from './guide.svelte';

const read = (before: string, after: string) => wordDiff(before, after).map(({ text, kind }) => `${{ same: '', gone: '-', new: '+' }[kind]}${text.trim()}`);

describe('words', () => {
  test.each([
    ['What helps at night?', 'What helps at night?', ['What helps at night?']],
    ['What helps at night?', 'What helps most at night?', ['What helps', '+most', 'at night?']],
    ['What helps at night?', 'What helps by day?', ['What helps', '-at night?', '+by day?']],
    ['', 'All new', ['+All new']],
    ['All gone', '', ['-All gone']],
    ['', '', []],
  ])('%s → %s', (before, after, want) => {
    expect(read(before, after)).toEqual(want);
  });

  test('nothing of either text is lost, and very long ones are not compared word by word', () => {
    const before = 'a b c '.repeat(400).trim();
    const after = 'a x c '.repeat(400).trim();
    const pieces = wordDiff(before, after);
    expect(pieces).toHaveLength(2);
    expect(pieces[1]?.text.trim()).toBe(after);
  });
});

describe('a proposal taken in parts', () => {
  const topic = (id: string, question = `${id}?`) => ({ id, title: id, aim: '', question, probes: [], follow_ups: 1, minutes: 1 }) as unknown as Topic;
  const guide = (opening: string, ...topics: Topic[]): Guide => ({ opening, topics, closing: 'bye' });
  const present = guide('hi', topic('a'), topic('b'), topic('c'));
  const proposed = guide('hello', topic('c'), topic('n'), topic('a', 'other?'));
  const ids = (g: Guide) => g.topics.map(({ id }) => id).join('');

  test('all of it is the proposal, nothing of it the present guide', () => {
    expect(merged(present, proposed, () => true)).toEqual(proposed);
    expect(merged(present, proposed, () => false)).toEqual(present);
  });

  test.each([
    ['opening', 'abc', 'hello'],
    ['n', 'abcn', 'hi'],
    ['b', 'ac', 'hi'],
    ['order', 'cba', 'hi'],
  ])('only %s', (taken, topics, opening) => {
    const made = merged(present, proposed, (what) => what === taken);
    expect([...ids(made)].sort().join('')).toBe([...topics].sort().join(''));
    expect(made.opening).toBe(opening);
    expect(made.topics.find(({ id }) => id === 'a')?.question).toBe('a?');
  });

  test('a changed topic keeps its place', () => {
    const made = merged(present, proposed, (what) => what === 'a');
    expect(ids(made)).toBe('abc');
    expect(made.topics[0]?.question).toBe('other?');
  });
});
