import { expect, test } from 'vitest';
import type { Rehearsal } from '../types';
import { findings } from './report';

type Topic = Rehearsal['topics'][number];

const topic = (title: string, change: Partial<Topic> = {}): Topic => ({ title, asked: true, answered: true, depth: 2, follow_ups: 1, ...change });

const rehearsal = (change: Partial<Rehearsal> = {}) =>
  ({ id: 'cnv_1', rehearsal: 'plain', state: 'finished', ended: 'complete', guide_version: 2, minutes: 8, broken: [],
    topics: [topic('Board'), topic('Nights')], ...change }) as Rehearsal;

const guide = { version: 2, minutes: 10 };
const notReached = { asked: false, answered: false, depth: 0, follow_ups: 0 };

/** The kinds of what is found, each with the number of its topic. */
const found = (...all: Rehearsal[]) => findings(all, guide).map(({ kind, number }) => (number ? `${kind} ${number}` : kind));

test('where all went well, nothing has to change', () => {
  expect(findings([rehearsal(), rehearsal()], guide)).toEqual([{ kind: 'fine', change: false, count: 2 }]);
});

test('a topic that no conversation came to is told, with what to change', () => {
  const short = rehearsal({ topics: [topic('Board'), topic('Nights', notReached)] });
  expect(findings([short, short], guide)).toEqual([{ kind: 'never', change: true, number: 2, title: 'Nights' }]);
  expect(findings([short, rehearsal()], guide)).toEqual([{ kind: 'seldom', change: true, number: 2, title: 'Nights', count: 1, total: 2 }]);
});

test('a question that nobody answers is told', () => {
  expect(found(rehearsal({ topics: [topic('Board', { answered: false, depth: 0 }), topic('Nights')] }))).toEqual(['unanswered 1']);
});

test('thin answers are told only where somebody gave them who likes to talk', () => {
  const thin = { topics: [topic('Board', { depth: 1 }), topic('Nights')] };
  expect(found(rehearsal(thin))).toEqual(['thin 1']);
  expect(found(rehearsal({ ...thin, rehearsal: 'terse' }), rehearsal({ ...thin, rehearsal: 'hostile' }))).toEqual(['fine']);
});

test('the length is that of the conversation in the middle', () => {
  const lasting = (minutes: number) => rehearsal({ minutes });
  expect(found(lasting(3), lasting(8), lasting(30))).toEqual(['fine']);
  expect(findings([lasting(9), lasting(14), lasting(30)], guide)).toEqual([{ kind: 'long', change: true, minutes: 14, total: 10 }]);
  expect(found(lasting(4))).toEqual(['short', 'fine']);
});

test('what was ended before its time says nothing about topics and length', () => {
  expect(found(rehearsal({ ended: 'early', minutes: 1, topics: [topic('Board'), topic('Nights', notReached)] }))).toEqual(['nothing']);
  expect(found(rehearsal({ state: 'active', ended: '' }))).toEqual(['nothing']);
});

test('rules that the model broke lead to where it did so', () => {
  const broken = rehearsal({ ended: 'early', broken: [{ seq: 4, rules: ['long'] }] });
  expect(findings([broken, rehearsal()], guide)).toEqual([{ kind: 'broken', change: true, count: 1, at: [{ id: 'cnv_1', seq: 4 }] }]);
});

test('rehearsals of an earlier guide are not counted, and that is told', () => {
  const earlier = rehearsal({ guide_version: 1, topics: [topic('Gone', notReached)] });
  expect(found(earlier, rehearsal())).toEqual(['older 2', 'fine']);
  expect(found(earlier)).toEqual(['older 2', 'nothing']);
});
