import { expect, test } from 'vitest';
import type { Guide, Remark } from '../types';
import { placed, questionsOf } from './checks.svelte';

const topic = (question: string, probes: string[]) => ({ id: '', title: 't', aim: '', question, probes, follow_ups: 1, minutes: 1 });
const guide = { opening: '', closing: '', topics: [topic('a', ['b', 'c']), topic('d', [])] } as unknown as Guide;

test('questions and follow-ups are sent in their order, and remarks find their way back', () => {
  const asked = questionsOf(guide);
  expect(asked.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
  const remark = (field: string, code: Remark['code']): Remark => ({ field, code, found: '' });
  const by = placed([remark('topic', 'vague'), remark('questions[2]', 'double'), remark('questions[3]', 'closed'), remark('questions[3]', 'closed'), remark('questions[9]', 'long')], asked);
  expect(Object.keys(by)).toEqual(['topic', 'topics[0].probes[1]', 'topics[1].question']);
  expect(by['topics[1].question']).toHaveLength(1);
});
