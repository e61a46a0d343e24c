import { describe, expect, test } from 'vitest';
import type { ConversationItem, Turn } from '../types';
import { inOrder, lateAfter, level, quietAfter, reduce, standing } from './grid';

const start = '2026-03-01T10:00:00.000Z';

const item = (id: string, more: Partial<ConversationItem> = {}): ConversationItem => ({
  id,
  participant_id: `prt_${id}`,
  number: 1,
  participant_name: 'Participant 1',
  title: '',
  source: 'interview',
  rehearsal: '',
  state: 'active',
  ended: '',
  included: true,
  language: 'en',
  turns: 1,
  words: 0,
  waiting: 'participant',
  topics_done: 0,
  topics_total: 2,
  minutes_left: 6,
  coverage: [],
  created_at: start,
  last_turn_at: start,
  finished_at: null,
  distress_at: null,
  ...more,
});

const turn = (more: Partial<Turn>): Turn => ({
  id: 'trn_1',
  seq: 3,
  role: 'participant',
  content: '',
  topic_id: 'top_1',
  move: '',
  made_by: '',
  points: [],
  control: null,
  answer: null,
  prompted: false,
  spoken: false,
  corrects: null,
  speaker_id: null,
  start_ms: 0,
  end_ms: 0,
  created_at: '2026-03-01T10:01:00.000Z',
  ...more,
});

describe('reduce', () => {
  test('an answer fills the cell of its topic and leaves the others alone', () => {
    const before = [item('a'), item('b')];
    const { items, reload } = reduce(before, { type: 'turn.created', conversation_id: 'b', turn: turn({}) });
    expect(items[0]).toBe(before[0]);
    expect(items[1]).toMatchObject({
      waiting: 'facilitator',
      last_turn_at: '2026-03-01T10:01:00.000Z',
      coverage: [{ topic_id: 'top_1', asked: true, answered: true, depth: 1 }],
    });
    expect(reload).toBe(true);
    expect(before[1]?.coverage).toEqual([]);
  });

  test('somebody for whom something is hard to bear is marked at once', () => {
    const { items, reload } = reduce([item('a'), item('b')], { type: 'conversation.distress', conversation_id: 'b' });
    expect(items.map((i) => i.distress_at)).toEqual([null, start]);
    expect(reload).toBe(true);
  });

  test('a question marks its topic as asked, and the participant has the word', () => {
    const asked = turn({ role: 'facilitator', topic_id: 'top_2', move: 'ask' });
    const { items } = reduce([item('a', { waiting: 'facilitator' })], { type: 'turn.created', conversation_id: 'a', turn: asked });
    expect(items[0]).toMatchObject({ waiting: 'participant', coverage: [{ topic_id: 'top_2', asked: true, answered: false }] });
  });

  test('never takes back depth that is known', () => {
    const deep = [{ topic_id: 'top_1', asked: true, answered: true, depth: 3, follow_ups: 1, seconds: 0 }];
    const { items } = reduce([item('a', { coverage: deep })], { type: 'turn.created', conversation_id: 'a', turn: turn({}) });
    expect(items[0]?.coverage[0]?.depth).toBe(3);
  });

  test('a conversation that ends waits for nobody', () => {
    const { items } = reduce([item('a')], { type: 'conversation.finished', conversation_id: 'a' });
    expect(items[0]).toMatchObject({ state: 'finished', waiting: 'nobody', minutes_left: 0 });
  });

  test.each(['conversation.started', 'session.closed', 'session.state'])('%s asks for the list again', (type) => {
    const before = [item('a')];
    expect(reduce(before, { type, conversation_id: 'new' })).toEqual({ items: before, reload: true });
  });

  test('an event about a conversation that is not in the list asks for the list', () => {
    expect(reduce([], { type: 'turn.created', conversation_id: 'x', turn: turn({}) })).toEqual({ items: [], reload: true });
  });

  test('pieces of a turn and work in the background change nothing', () => {
    const before = [item('a')];
    for (const type of ['turn.delta', 'turn.reset', 'job.changed', 'report.ready', 'something.new']) {
      expect(reduce(before, { type, conversation_id: 'a' })).toEqual({ items: before, reload: false });
    }
  });
});

describe('standing', () => {
  const at = Date.parse(start);
  test.each([
    ['writing', { waiting: 'participant' }, quietAfter],
    ['quiet', { waiting: 'participant' }, quietAfter + 1],
    ['answering', { waiting: 'facilitator' }, lateAfter],
    ['late', { waiting: 'facilitator' }, lateAfter + 1],
    ['finished', { state: 'finished', ended: 'complete' }, 0],
    ['early', { state: 'finished', ended: 'early' }, 0],
    ['closed', { state: 'finished', ended: 'closed' }, 0],
  ] as const)('%s', (want, more, later) => {
    expect(standing(item('a', more), at + later)).toBe(want);
  });
});

test('level shows how much there is to a topic', () => {
  const c = { topic_id: 't', asked: true, answered: true, depth: 2, follow_ups: 0, seconds: 0 };
  expect([undefined, { ...c, asked: false }, { ...c, answered: false }, { ...c, depth: 0 }, c, { ...c, depth: 7 }].map(level)).toEqual([
    -1, -1, 0, 1, 2, 3,
  ]);
});

test('whoever is still talking comes first', () => {
  const items = [item('a', { state: 'finished' }), item('b'), item('c', { state: 'finished' }), item('d')];
  expect(inOrder(items).map((i) => i.id)).toEqual(['b', 'd', 'a', 'c']);
});
