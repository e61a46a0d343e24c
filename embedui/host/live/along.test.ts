import { beforeEach, describe, expect, test } from 'vitest';
import type { Turn } from '../types';
import { Along } from './along.svelte';

const turn = (seq: number, role: Turn['role'] = 'facilitator'): Turn => ({
  id: `trn_${seq}`,
  seq,
  role,
  content: `Turn ${seq}`,
  topic_id: null,
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
  created_at: '2026-03-01T10:00:00.000Z',
});

const delta = (turn_seq: number, offset: number, text: string) => ({ type: 'turn.delta', turn_seq, offset, text });

let along: Along;
beforeEach(() => {
  along = new Along();
  along.read([turn(0), turn(1, 'participant')]);
});

describe('reading along', () => {
  test('a turn grows piece by piece and then stands there once', () => {
    along.apply(delta(2, 0, 'What '));
    along.apply(delta(2, 5, 'else?'));
    expect(along.speaking).toEqual({ seq: 2, text: 'What else?' });
    along.apply({ type: 'turn.created', turn: turn(2) });
    expect(along.speaking).toBeNull();
    expect(along.turns.map((t) => t.seq)).toEqual([0, 1, 2]);
  });

  test('a piece that comes again is not doubled', () => {
    along.apply(delta(2, 0, 'What '));
    along.apply(delta(2, 0, 'What '));
    expect(along.speaking?.text).toBe('What ');
  });

  test('who comes in the middle sees that the beginning is missing', () => {
    along.apply(delta(2, 40, 'end.'));
    expect(along.speaking?.text).toBe('… end.');
  });

  test('a turn is waited for until its first word', () => {
    along.apply({ type: 'turn.waiting', turn_seq: 2, ahead: 1, seconds: 3, offer: false });
    expect(along.waits).toBe(true);
    along.apply(delta(2, 0, 'What '));
    expect(along.waits).toBe(false);
    along.apply({ type: 'turn.waiting', turn_seq: 1, ahead: 1, seconds: 3, offer: false });
    expect(along.waits).toBe(false);
  });

  test('what is taken back goes', () => {
    along.apply(delta(2, 0, 'What '));
    along.apply({ type: 'turn.reset', turn_seq: 2 });
    expect(along.speaking?.text).toBe('');
  });

  test('a turn that is known already is not added again, and its late pieces are nothing new', () => {
    along.apply({ type: 'turn.created', turn: turn(1, 'participant') });
    along.apply(delta(1, 0, 'late'));
    expect(along.turns).toHaveLength(2);
    expect(along.speaking).toBeNull();
  });

  test('turns stand in their order, however they come', () => {
    along.apply({ type: 'turn.created', turn: turn(3, 'participant') });
    along.apply({ type: 'turn.created', turn: turn(2) });
    expect(along.turns.map((t) => t.seq)).toEqual([0, 1, 2, 3]);
  });

  test('reading anew ends what was being said if it is stored by now, and keeps it if not', () => {
    along.apply(delta(2, 0, 'What '));
    along.read([turn(0), turn(1, 'participant')]);
    expect(along.speaking?.text).toBe('What ');
    along.read([turn(0), turn(1, 'participant'), turn(2)]);
    expect(along.speaking).toBeNull();
  });
});
