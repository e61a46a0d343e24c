import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../shared/api/client';
import type { ParticipantConversation, Turn } from '../shared/api/types';
import type { LiveOptions } from '../shared/live';
import { Conversation } from './conversation.svelte';
import { Device } from './device.svelte';

/** As much of the box as one conversation sees: it stores turns by key and can be unplugged. */
class Box {
  turns: Turn[] = [];
  keys = new Map<string, Turn>();
  state: 'active' | 'finished' = 'active';
  ended: ParticipantConversation['ended'] = 'early';
  reachable = true;
  known = true;
  /** A legal hold keeps what is taken back. */
  held = false;
  loads = 0;

  say(role: Turn['role'], content: string): Turn {
    const turn: Turn = {
      id: `trn_${this.turns.length}`,
      seq: this.turns.length,
      role,
      content,
      topic_id: null,
      move: role === 'facilitator' ? 'ask' : '',
      made_by: role === 'facilitator' ? 'rules' : '',
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
    };
    this.turns.push(turn);
    return turn;
  }

  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (!this.reachable) throw new TypeError('fetch failed');
    if (!this.known) return answer(401, { error: { code: 'unauthorized', message: '' } });
    const path = String(input).replace('/api/v1', '');
    const body = init.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    if (path === '/conversation') {
      this.loads++;
      return answer(200, this.conversation());
    }
    if (path === '/conversation/finish') {
      if (body.keep === false) this.known = this.held;
      this.state = 'finished';
      return answer(200, { kept: body.keep, waits: this.held });
    }
    if (this.state === 'finished') return answer(409, { error: { code: 'conflict', message: '' } });
    const key = String(body.key);
    const before = this.keys.get(key);
    if (before) return answer(200, before);
    const turn = this.say('participant', String(body.content));
    this.keys.set(key, turn);
    return answer(201, turn);
  };

  conversation(): ParticipantConversation {
    return {
      use: 'quote',
      rehearsal: false,
      results: false,
      voice: false,
      rating: 0,
      session_id: 'hst_1',
      conversation_id: 'cnv_1',
      topic: 'Topic',
      host: 'Host',
      language: 'en',
      state: this.state,
      ended: this.state === 'finished' ? this.ended : '',
      session_state: 'open',
      made_by: 'rules',
      guided: true,
      turns: [...this.turns],
      speaking: null,
      owed: this.turns.at(-1)?.role !== 'facilitator',
      progress: { topics: [], done: 0, minutes_left: 5 },
      waits: this.held && this.state === 'finished',
      return_url: '',
    };
  }
}

const answer = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

let box: Box;
let device: Device;
let live: LiveOptions;
let socket: string[];
let forgotten: number;

function conversation(id: string | null = null): Conversation {
  return new Conversation({
    api: new Client({ token: () => 'tok', fetch: box.fetch }),
    device,
    token: 'tok',
    conversation: id,
    known: () => undefined,
    forgotten: () => forgotten++,
    live: (options) => {
      live = options;
      return { start: () => socket.push('start'), stop: () => socket.push('stop') };
    },
  });
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('document', { visibilityState: 'visible' });
  box = new Box();
  box.say('facilitator', 'What helped?');
  device = new Device(null);
  [socket, forgotten] = [[], 0];
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('Conversation', () => {
  test('shows what is stored and then listens', async () => {
    const it = conversation();
    await it.start();
    expect(it.phase).toBe('going');
    expect(it.turns.map((t) => t.content)).toEqual(['What helped?']);
    expect(socket).toEqual(['start']);
    expect(live.hello?.()).toEqual({ token: 'tok' });
  });

  test('says how long the model takes, and lets one go on without it', async () => {
    const it = conversation();
    await it.start();
    live.event({ type: 'turn.created', turn: box.say('participant', 'The quiet room.') });
    live.event({ type: 'turn.waiting', turn_seq: 2, ahead: 2, seconds: 12, offer: false });
    expect(it.wait).toMatchObject({ ahead: 2, seconds: 12, offer: false });
    expect(it.owed).toBe(true);
    live.event({ type: 'turn.waiting', turn_seq: 2, ahead: 0, seconds: 3, offer: true });
    expect(it.wait?.offer).toBe(true);
    live.event({ type: 'turn.delta', turn_seq: 2, offset: 0, text: 'What' });
    expect(it.wait).toBeNull();
    live.event({ type: 'turn.waiting', turn_seq: 2, ahead: 1, seconds: 3, offer: true });
    expect(it.wait).toBeNull();
  });

  test('learns of a wait that began before the page was opened', async () => {
    const it = conversation();
    await it.start();
    live.event({ type: 'turn.created', turn: box.say('participant', 'The quiet room.') });
    live.event({ type: 'hello', seq: 1, turn_seq: 2, waiting: { ahead: 1, seconds: 4, offer: true } });
    expect(it.wait).toEqual({ ahead: 1, seconds: 4, offer: true });
    expect(it.speaking).toBeNull();
  });

  test('what is taken back stays in sight until it is said anew', async () => {
    const it = conversation();
    await it.start();
    live.event({ type: 'turn.created', turn: box.say('participant', 'The quiet room.') });
    live.event({ type: 'turn.delta', turn_seq: 2, offset: 0, text: 'Great! Did' });
    live.event({ type: 'turn.reset', turn_seq: 2 });
    expect([it.speaking?.text, it.takenBack]).toEqual(['', 'Great! Did']);
    live.event({ type: 'turn.delta', turn_seq: 2, offset: 0, text: 'What made' });
    expect([it.speaking?.text, it.takenBack]).toEqual(['What made', '']);
  });

  test('shows who asks from here on until they have asked', async () => {
    const it = conversation();
    await it.start();
    live.event({ type: 'facilitator.changed', made_by: 'gemma3:4b', guided: false, why: '', since: '' });
    expect([it.about?.made_by, it.about?.guided, it.changed]).toEqual(['gemma3:4b', false, true]);
    live.event({ type: 'turn.created', turn: box.say('facilitator', 'And then?') });
    expect(it.changed).toBe(false);
  });

  test('a message is shown once while it is sent, when its event comes first, and when it is stored', async () => {
    const it = conversation();
    await it.start();
    box.reachable = false;
    await it.say('The quiet room.');
    await settle();
    expect(it.waiting.map((e) => e.content)).toEqual(['The quiet room.']);
    expect(it.turns).toHaveLength(1);
    const stored = box.say('participant', 'The quiet room.');
    live.event({ type: 'turn.created', turn: stored });
    expect(it.waiting).toEqual([]);
    expect(it.turns).toHaveLength(2);
  });

  test('puts a spoken turn together and replaces it by the stored one', async () => {
    const it = conversation();
    await it.start();
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 0, text: 'And ' });
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 4, text: 'why?' });
    expect(it.speaking).toEqual({ turn_seq: 1, text: 'And why?' });
    live.event({ type: 'turn.created', turn: box.say('facilitator', 'And why?') });
    expect(it.speaking).toBeNull();
    expect(it.turns.map((t) => t.content)).toEqual(['What helped?', 'And why?']);
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 4, text: 'why?' });
    expect(it.speaking).toBeNull();
  });

  test('reads everything anew when a piece is missing', async () => {
    const it = conversation();
    await it.start();
    const before = box.loads;
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 4, text: 'why?' });
    await settle();
    expect(box.loads).toBe(before + 1);
  });

  test('reads everything anew when a turn is left out', async () => {
    const it = conversation();
    await it.start();
    box.say('participant', 'one');
    live.event({ type: 'turn.created', turn: box.say('facilitator', 'two') });
    await settle();
    expect(it.turns.map((t) => t.seq)).toEqual([0, 1, 2]);
  });

  test('a spoken turn that is taken back begins again', async () => {
    const it = conversation();
    await it.start();
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 0, text: 'Wrong' });
    live.event({ type: 'turn.reset', turn_seq: 1 });
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 0, text: 'Right' });
    expect(it.speaking?.text).toBe('Right');
  });

  test('announces the question that waits, then sentence by sentence what is spoken', async () => {
    const it = conversation();
    await it.start();
    expect(it.announcements.at(-1)?.text).toBe('What helped?');
    live.event({ type: 'turn.delta', turn_seq: 1, offset: 0, text: 'Thank you. And' });
    expect(it.announcements.at(-1)?.text).toBe('Thank you.');
    live.event({ type: 'turn.created', turn: box.say('facilitator', 'Thank you. And why?') });
    expect(it.announcements.at(-1)?.text).toBe('And why?');
  });

  test('announces nothing that was answered before', async () => {
    box.say('participant', 'The quiet room.');
    const it = conversation();
    await it.start();
    expect(it.announcements).toEqual([]);
  });

  test('what was not sent goes out when the page is opened again', async () => {
    const first = conversation('cnv_1');
    await first.start();
    box.reachable = false;
    await first.say('one');
    await first.say('two');
    first.stop();
    box.reachable = true;
    const second = conversation('cnv_1');
    await second.start();
    await settle();
    expect(box.turns.map((t) => t.content)).toEqual(['What helped?', 'one', 'two']);
    expect(second.waiting).toEqual([]);
  });

  test('asks by itself while there is no socket', async () => {
    const it = conversation();
    await it.start();
    box.say('participant', 'one');
    box.say('facilitator', 'And why?');
    live.state?.('connecting');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(it.turns).toHaveLength(3);
    live.state?.('open');
    const before = box.loads;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(box.loads).toBeLessThanOrEqual(before + 1);
  });

  test('comes back by itself when the box is unreachable at first', async () => {
    box.reachable = false;
    const it = conversation('cnv_1');
    await it.start();
    expect(it.phase).toBe('loading');
    expect(it.reached).toBe(false);
    box.reachable = true;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(it.phase).toBe('going');
    expect(it.reached).toBe(true);
  });

  test('finishing with keep leads to the end, with nothing left on the device', async () => {
    const it = conversation();
    await it.start();
    await device.keepText('cnv_1', 'half');
    await it.finish(true);
    expect(it.phase).toBe('finished');
    expect(await device.text('cnv_1')).toBe('');
    expect(forgotten).toBe(0);
  });

  test('with the closing turn nothing more can be said, also before the box is asked again', async () => {
    const c = conversation();
    await c.start();
    const turn = { ...box.say('facilitator', 'Thank you.'), move: 'close' } as Turn;
    box.state = 'finished';
    box.reachable = false;
    live.event?.({ type: 'turn.created', turn, state: 'finished' } as never);
    expect(c.phase).toBe('finished');
    expect(c.turns.at(-1)?.content).toBe('Thank you.');
    await settle();
    expect(c.phase).toBe('finished');
  });

  test('discarding forgets the key and everything on the device', async () => {
    const it = conversation();
    await it.start();
    box.reachable = false;
    await it.say('secret');
    box.reachable = true;
    await it.finish(false);
    expect(it.phase).toBe('discarded');
    expect(it.turns).toEqual([]);
    expect(forgotten).toBe(1);
    expect(await device.messages('cnv_1')).toEqual([]);
  });

  test('what a legal hold keeps is said to be kept, also to whoever comes back by the link', async () => {
    box.held = true;
    const it = conversation();
    await it.start();
    await it.finish(false);
    expect([it.phase, it.held, it.turns]).toEqual(['discarded', true, []]);
    const again = conversation();
    await again.start();
    expect([again.phase, again.held, again.turns]).toEqual(['discarded', true, []]);
    again.stop();
  });

  test('a socket that hears of the erasing before the answer comes changes nothing', async () => {
    const fetch = box.fetch;
    let meanwhile = '';
    box.fetch = async (input, init) => {
      const answered = await fetch(input, init);
      if (String(input).endsWith('/finish')) {
        live.event({ type: 'conversation.finished' });
        await settle();
        meanwhile = it.phase;
      }
      return answered;
    };
    const it = conversation();
    await it.start();
    await it.finish(false);
    expect(meanwhile).toBe('going');
    expect(it.phase).toBe('discarded');
  });

  test('nothing is discarded when the box could not be told', async () => {
    const it = conversation();
    await it.start();
    await device.keepText('cnv_1', 'half');
    box.reachable = false;
    await expect(it.finish(false)).rejects.toThrow();
    expect(it.phase).toBe('going');
    expect(await device.text('cnv_1')).toBe('half');
    expect(forgotten).toBe(0);
  });

  test('a message that came after the end stays on the last page', async () => {
    const it = conversation();
    await it.start();
    box.state = 'finished';
    await it.say('too late');
    await settle();
    expect(it.phase).toBe('finished');
    expect(it.waiting.map((e) => e.content)).toEqual(['too late']);
  });

  test('what stood in the answer box when the host closed the session stays on the last page', async () => {
    const it = conversation();
    await it.start();
    await device.keepText('cnv_1', 'half a sentence');
    box.state = 'finished';
    box.ended = 'closed';
    live.event({ type: 'session.closed' });
    await settle();
    expect(it.phase).toBe('finished');
    expect(it.leftover).toBe('half a sentence');
    await it.eraseLeft();
    expect(await device.text('cnv_1')).toBe('');
  });

  test('a key that the box does not know leads to words, not to a loop', async () => {
    const it = conversation('cnv_1');
    box.known = false;
    await it.start();
    expect(it.phase).toBe('gone');
    expect(socket).not.toContain('start');
  });
});
