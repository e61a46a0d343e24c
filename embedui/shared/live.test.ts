import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Live, type LiveEvent, type LiveOptions, wait } from './live';

class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((m: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  push(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
}

let page: EventTarget & { visibilityState: string };
let device: { onLine: boolean };
let seen: LiveEvent[];
let reloads: string[];
let states: string[];

function live(more: Partial<LiveOptions> = {}): Live {
  return new Live({
    path: '/api/v1/conversation/live',
    event: (e) => seen.push(e),
    reload: (why) => reloads.push(why),
    state: (s) => states.push(s),
    socket: (url) => new FakeSocket(url) as unknown as WebSocket,
    random: () => 1,
    ...more,
  });
}

const last = () => FakeSocket.all.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  [seen, reloads, states] = [[], [], []];
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  device = { onLine: true };
  const world = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('navigator', device);
  vi.stubGlobal('location', { origin: 'http://box:8080' });
  vi.stubGlobal('addEventListener', world.addEventListener.bind(world));
  vi.stubGlobal('removeEventListener', world.removeEventListener.bind(world));
  vi.stubGlobal('dispatchEvent', world.dispatchEvent.bind(world));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('Live', () => {
  test('sends its credential as the first frame and reads the state once the box has said hello', () => {
    live({ hello: () => ({ token: 'secret' }) }).start();
    expect(last().url).toBe('ws://box:8080/api/v1/conversation/live');
    last().open();
    expect(last().sent).toEqual(['{"token":"secret"}']);
    expect(reloads).toEqual([]);
    last().push({ type: 'hello', seq: 7 });
    expect(reloads).toEqual(['opened']);
    expect(states).toEqual(['connecting', 'open']);
  });

  test('passes events on in order and reloads when a number is left out', () => {
    live().start();
    last().open();
    last().push({ type: 'hello', seq: 7 });
    last().push({ type: 'turn.delta', seq: 8 });
    expect(reloads).toEqual(['opened']);
    last().push({ type: 'turn.delta', seq: 10 });
    expect(reloads).toEqual(['opened', 'gap']);
    expect(seen.map((e) => e.seq)).toEqual([7, 8, 10]);
  });

  test('drops an event that it has had', () => {
    live().start();
    last().open();
    last().push({ type: 'hello', seq: 7 });
    last().push({ type: 'turn.delta', seq: 8 });
    last().push({ type: 'turn.delta', seq: 8 });
    expect(seen).toHaveLength(2);
  });

  test('survives a frame that is not JSON', () => {
    live().start();
    last().open();
    last().onmessage?.({ data: '{' });
    last().push({ type: 'hello', seq: 1 });
    expect(seen).toHaveLength(1);
  });

  test('opens again with growing waits and starts over after a hello', () => {
    live().start();
    last().lose();
    vi.advanceTimersByTime(499);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(2);
    last().lose();
    vi.advanceTimersByTime(999);
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(1);
    last().open();
    last().push({ type: 'hello', seq: 1 });
    last().lose();
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(4);
  });

  test('a new connection counts from its own hello', () => {
    live().start();
    last().open();
    last().push({ type: 'hello', seq: 900 });
    last().lose();
    vi.advanceTimersByTime(500);
    last().open();
    last().push({ type: 'hello', seq: 3 });
    last().push({ type: 'turn.created', seq: 4 });
    expect(reloads).toEqual(['opened', 'opened']);
    expect(seen.map((e) => e.seq)).toEqual([900, 3, 4]);
  });

  test('does not try while the device is offline, and at once when it is back', () => {
    live().start();
    last().open();
    device.onLine = false;
    dispatchEvent(new Event('offline'));
    vi.advanceTimersByTime(600_000);
    expect(FakeSocket.all).toHaveLength(1);
    device.onLine = true;
    dispatchEvent(new Event('online'));
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('does not trust a connection after a long time out of view', () => {
    live().start();
    last().open();
    last().push({ type: 'hello', seq: 1 });
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    vi.advanceTimersByTime(60_000);
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('keeps a connection after a short time out of view', () => {
    live().start();
    last().open();
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    vi.advanceTimersByTime(2_000);
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.all).toHaveLength(1);
  });

  test('gives up when the box does not take the credential', () => {
    live().start();
    last().lose(1008);
    vi.advanceTimersByTime(600_000);
    dispatchEvent(new Event('online'));
    expect(FakeSocket.all).toHaveLength(1);
    expect(states.at(-1)).toBe('refused');
  });

  test('opens no more after it was stopped', () => {
    const it = live();
    it.start();
    last().lose();
    it.stop();
    vi.advanceTimersByTime(600_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});

test('waits grow to a bound, half of it random', () => {
  expect([0, 1, 2, 3].map((n) => wait(n, () => 1))).toEqual([500, 1000, 2000, 4000]);
  expect(wait(50, () => 1)).toBe(20_000);
  expect(wait(50, () => 0)).toBe(10_000);
});
