import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NoAnswer, Refusal } from '../shared/api/client';
import type { Turn } from '../shared/api/types';
import { Device } from './device.svelte';
import { type Entry, Outbox, unseen } from './outbox.svelte';

const turn = (seq: number, content: string, role: Turn['role'] = 'participant'): Turn => ({
  id: `trn_${seq}`,
  seq,
  role,
  content,
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
  created_at: '2026-01-01T00:00:00.000Z',
});

/** A box that stores each key once, and can be cut off before or after it has stored. */
class Box {
  stored: { key: string; content: string }[] = [];
  asked: string[] = [];
  cut: 'no' | 'before' | 'after' = 'no';
  refuse: Refusal | null = null;

  post = async (content: string, key: string): Promise<Turn> => {
    this.asked.push(content);
    if (this.refuse) throw this.refuse;
    if (this.cut === 'before') throw new NoAnswer('unreachable');
    if (!this.stored.some((s) => s.key === key)) this.stored.push({ key, content });
    if (this.cut === 'after') throw new NoAnswer('timeout');
    return turn(this.stored.findIndex((s) => s.key === key), content);
  };
}

let box: Box;
let device: Device;
let saved: string[];
let returned: string[];
let stopped: Refusal[];

function outbox(conversation = 'cnv_1'): Outbox {
  return new Outbox({
    device,
    conversation,
    post: ({ content, key }) => box.post(content, key),
    saved: (t) => saved.push(t.content),
    returned: (content) => returned.push(content),
    stopped: (why) => stopped.push(why),
    random: () => 1,
  });
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  box = new Box();
  device = new Device(null);
  [saved, returned, stopped] = [[], [], []];
});

afterEach(() => vi.useRealTimers());

describe('Outbox', () => {
  test('erases a message when the box has acknowledged it, and not before', async () => {
    box.cut = 'before';
    const it = outbox();
    await it.add('one', -1);
    await settle();
    expect((await device.messages('cnv_1')).map((m) => m.content)).toEqual(['one']);
    expect(it.entries[0]?.state).toBe('waiting');
    box.cut = 'no';
    await it.flush();
    expect(saved).toEqual(['one']);
    expect(it.entries).toEqual([]);
    expect(await device.messages('cnv_1')).toEqual([]);
  });

  test('keeps the order: nothing overtakes a message that got no answer', async () => {
    box.cut = 'before';
    const it = outbox();
    await it.add('one', -1);
    await it.add('two', -1);
    await it.add('three', -1);
    await settle();
    expect(new Set(box.asked)).toEqual(new Set(['one']));
    box.cut = 'no';
    await it.flush();
    expect(box.stored.map((s) => s.content)).toEqual(['one', 'two', 'three']);
    expect(saved).toEqual(['one', 'two', 'three']);
  });

  test('sends one at a time, however often it is told to', async () => {
    const it = outbox();
    await Promise.all([it.add('one', -1), it.add('two', -1), it.flush(), it.flush()]);
    await settle();
    expect(box.asked).toEqual(['one', 'two']);
  });

  test('a message whose acknowledgement was lost is sent again with the same key and stored once', async () => {
    box.cut = 'after';
    const it = outbox();
    await it.add('one', -1);
    await settle();
    expect(saved).toEqual([]);
    box.cut = 'no';
    await it.flush();
    expect(box.asked.length).toBeGreaterThan(1);
    expect(box.stored.map((s) => s.content)).toEqual(['one']);
    expect(saved).toEqual(['one']);
  });

  test('tries again by itself, with growing waits', async () => {
    box.cut = 'before';
    const it = outbox();
    await it.add('one', -1);
    await settle();
    expect(it.hold).toBe('unreachable');
    const before = box.asked.length;
    await vi.advanceTimersByTimeAsync(500);
    expect(box.asked.length).toBe(before + 1);
    await vi.advanceTimersByTimeAsync(999);
    expect(box.asked.length).toBe(before + 1);
    box.cut = 'no';
    await vi.advanceTimersByTimeAsync(1);
    expect(saved).toEqual(['one']);
    expect(it.hold).toBeNull();
  });

  test('waits as long as the box asks for', async () => {
    box.refuse = new Refusal(429, 'rate_limited', '', {}, null, 30);
    const it = outbox();
    await it.add('one', -1);
    await settle();
    const before = box.asked.length;
    box.refuse = null;
    await vi.advanceTimersByTimeAsync(29_000);
    expect(box.asked.length).toBe(before);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(saved).toEqual(['one']);
  });

  test('a full disk is named, and the message waits', async () => {
    box.refuse = new Refusal(507, 'insufficient_storage', '');
    const it = outbox();
    await it.add('one', -1);
    await settle();
    expect(it.hold).toBe('full');
    expect(it.entries).toHaveLength(1);
  });

  test('a later page takes up what was left, in order and with the same keys', async () => {
    box.cut = 'after';
    const first = outbox();
    await first.add('one', -1);
    await first.add('two', -1);
    await settle();
    first.close();
    box.cut = 'no';
    const second = outbox();
    await second.restore();
    await settle();
    expect(box.stored.map((s) => s.content)).toEqual(['one', 'two']);
    expect(await device.messages('cnv_1')).toEqual([]);
  });

  test('a message written before the page had taken up the rest stays behind it', async () => {
    box.cut = 'before';
    const first = outbox();
    await first.add('one', -1);
    first.close();
    const second = outbox();
    const restoring = second.restore();
    await restoring;
    await second.add('two', -1);
    box.cut = 'no';
    await second.flush();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(box.stored.map((s) => s.content)).toEqual(['one', 'two']);
  });

  test('a message that the box will never take comes back, and the next one goes', async () => {
    const it = outbox();
    box.refuse = new Refusal(400, 'validation_error', 'too long');
    await it.add('one', -1);
    await settle();
    expect(returned).toEqual(['one']);
    box.refuse = null;
    await it.add('two', -1);
    await settle();
    expect(saved).toEqual(['two']);
    expect(await device.messages('cnv_1')).toEqual([]);
  });

  test.each([401, 404, 409])('keeps everything and stops when the conversation takes nothing more (%i)', async (status) => {
    const it = outbox();
    box.refuse = new Refusal(status, 'conflict', '');
    await it.add('one', -1);
    await it.add('two', -1);
    await settle();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(stopped).toHaveLength(1);
    expect(box.asked).toEqual(['one']);
    expect(await device.messages('cnv_1')).toHaveLength(2);
  });

  test('erases everything of its conversation and nothing of another', async () => {
    box.cut = 'before';
    const [one, other] = [outbox('cnv_1'), outbox('cnv_2')];
    await one.add('one', -1);
    await other.add('other', -1);
    await device.keepText('cnv_1', 'half a sentence');
    await one.erase();
    expect(await device.messages('cnv_1')).toEqual([]);
    expect(await device.text('cnv_1')).toBe('');
    expect(await device.messages('cnv_2')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(box.asked.filter((c) => c === 'one').length).toBeLessThanOrEqual(1);
  });
});

describe('unseen', () => {
  const entry = (content: string, after: number): Entry => ({
    key: content,
    conversation: 'cnv_1',
    content,
    after,
    order: 0,
    at: 0,
    state: 'waiting',
  });

  test('hides what is stored already', () => {
    expect(unseen([entry('one', 0)], [turn(0, 'Hello?', 'facilitator'), turn(1, 'one')])).toEqual([]);
  });

  test('does not take an earlier turn of the same words for it', () => {
    const turns = [turn(0, 'Q', 'facilitator'), turn(1, 'yes'), turn(2, 'Q', 'facilitator')];
    expect(unseen([entry('yes', 2)], turns)).toHaveLength(1);
  });

  test('counts the same words twice when they were written twice', () => {
    const turns = [turn(0, 'Q', 'facilitator'), turn(1, 'yes')];
    expect(unseen([entry('yes', 0), entry('yes', 0)], turns)).toHaveLength(1);
  });

  test('does not take the words of the facilitator for it', () => {
    expect(unseen([entry('one', -1)], [turn(0, 'one', 'facilitator')])).toHaveLength(1);
  });
});
