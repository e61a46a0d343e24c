import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MicrophoneOptions } from '../../shared/sound/microphone';
import { rate } from '../../shared/sound/wav';
import { SoundOutbox } from './outbox.svelte';
import { Recorder } from './recorder.svelte';
import { type KeptPiece, type KeptTake, Sounds } from './sounds';

/** A microphone, a device and a box that is always there. */
class World {
  microphone: MicrophoneOptions | null = null;
  opened: string[] = [];
  refuse: Error | null = null;
  paused = false;
  pieces: { take: number; start: number; samples: number }[] = [];
  ended: number[] = [];
  closed = 0;
  /** How long the meeting is where other devices record too, in samples. */
  besides: number | null = null;
  takes: string[] = [];
  sounds = new Sounds(null);
  outbox = this.out();

  out(): SoundOutbox {
    return new SoundOutbox({
      sounds: this.sounds,
      meeting: 'cnv_1',
      box: {
        begin: async ({ key }: KeptTake) => {
          if (!this.takes.includes(key)) this.takes.push(key);
          return { track: 0, take: this.takes.indexOf(key) };
        },
        put: async ({ take }: KeptTake, { start, samples }: KeptPiece) => void this.pieces.push({ take: take as number, start, samples }),
        end: async ({ samples }: KeptTake) => void this.ended.push(samples),
        mark: async () => 'mrk_1',
      },
    });
  }

  recorder(before = 0): Recorder {
    return new Recorder({
      outbox: this.outbox,
      meeting: 'cnv_1',
      title: 'Monday',
      before: () => before,
      beside: () => this.besides,
      open: async (options) => {
        if (this.refuse) throw this.refuse;
        this.microphone = options;
        this.opened.push(options.device ?? '');
        return { pause: () => void (this.paused = true), goOn: () => void (this.paused = false), close: async () => void (this.microphone = null) };
      },
      close: async () => void this.closed++,
    });
  }

  /** Speaks for so many seconds of the clock. */
  say(seconds: number, loud = 8_000): void {
    for (let i = 0; i < Math.round(seconds * 10); i++) {
      vi.setSystemTime(Date.now() + 100);
      this.microphone?.heard(new Int16Array(rate / 10).fill(loud));
    }
  }
}

let world: World;
/** Waits for what happens by itself. */
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};
const sleep = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
const onBox = () => world.pieces.reduce((sum, p) => sum + p.samples, 0) / rate;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  world = new World();
});
afterEach(() => vi.useRealTimers());

describe('a meeting that is recorded', () => {
  test('goes to the box while it is recorded, and is closed when all of it is there', async () => {
    const recorder = world.recorder();
    await recorder.record();
    world.say(10);
    await until(() => onBox() >= 9);
    expect([onBox(), recorder.fresh / rate, recorder.samples / rate]).toEqual([9, 1, 10]);
    await recorder.finish();
    expect([recorder.state, onBox(), world.ended, world.closed]).toEqual(['done', 10, [10 * rate], 1]);
    expect(world.pieces.map((p) => p.start / rate)).toEqual([0, 3, 6, 9]);
  });

  test('goes on in another take of its track after a pause, where other devices record beside it', async () => {
    const recorder = world.recorder();
    world.besides = 60 * rate;
    await recorder.record('beside');
    expect(recorder.place).toBe(60 * rate);
    world.say(6);
    await recorder.pause();
    await recorder.record();
    world.say(3);
    await recorder.finish();
    expect([world.ended, world.takes.length]).toEqual([[6 * rate, 3 * rate], 2]);
    expect(recorder.samples).toBe(9 * rate);
  });

  test('has no gap where it was paused', async () => {
    const recorder = world.recorder();
    await recorder.record();
    world.say(4);
    await recorder.pause();
    sleep(600);
    await recorder.record();
    world.say(2);
    await recorder.finish();
    expect([recorder.missing.length, world.ended, onBox()]).toEqual([0, [6 * rate], 6]);
  });

  test('has a gap as long as the device slept', async () => {
    const recorder = world.recorder();
    await recorder.record();
    world.say(4);
    sleep(60);
    world.say(5);
    await recorder.finish();
    const [gap] = recorder.missing;
    expect([Math.round(gap?.at ?? 0), Math.round(gap?.seconds ?? 0), onBox()]).toEqual([4, 60, 9]);
    expect(Math.round((world.ended[0] ?? 0) / rate)).toBe(69);
  });

  test('has none where only the page was late', async () => {
    const recorder = world.recorder();
    await recorder.record();
    world.say(4);
    sleep(15);
    for (let i = 0; i < 150; i++) world.microphone?.heard(new Int16Array(rate / 10).fill(8_000));
    world.say(3);
    await recorder.finish();
    expect([recorder.missing.length, onBox()]).toEqual([0, 22]);
  });

  test('goes on with the take that an earlier page has begun, and names what is missing between', async () => {
    const first = world.recorder();
    await first.record();
    world.say(6);
    first.keep();
    await until(() => onBox() >= 6);
    world.outbox.close();
    sleep(20);

    world.outbox = world.out();
    const second = world.recorder();
    const kept = await world.outbox.restore();
    second.resume(kept as KeptTake);
    expect([second.state, second.samples / rate]).toEqual(['paused', 6]);
    await second.record();
    world.say(3);
    await second.finish();
    expect(world.takes.length).toBe(1);
    expect(world.pieces.map((p) => p.start / rate)).toEqual([0, 3, 26]);
    expect(second.missing.map((m) => m.seconds)).toEqual([20]);
  });

  test('looks for another microphone when this one is taken away', async () => {
    const recorder = world.recorder();
    recorder.device = 'usb';
    await recorder.record();
    world.say(3);
    world.refuse = new DOMException('', 'NotFoundError');
    world.microphone?.lost();
    await until(() => recorder.trouble !== null);
    expect([recorder.state, recorder.trouble]).toEqual(['seeking', 'none']);
    sleep(5);
    world.refuse = null;
    await vi.advanceTimersByTimeAsync(3_000);
    expect([recorder.state, recorder.trouble, world.opened]).toEqual(['recording', null, ['usb', '']]);
    world.say(3);
    await recorder.finish();
    expect(recorder.missing.map((m) => Math.round(m.seconds))).toEqual([8]);
  });

  test('ends here when another device goes on with it, and keeps what it has', async () => {
    const recorder = world.recorder();
    await recorder.record();
    world.say(4);
    await recorder.yield();
    await until(() => world.ended.length > 0);
    expect([recorder.state, recorder.taken, world.microphone, world.ended, onBox()]).toEqual(['ready', true, null, [4 * rate], 4]);
    await recorder.record();
    world.say(3);
    await recorder.finish();
    expect([world.takes.length, recorder.samples / rate]).toEqual([2, 7]);
  });

  test('says when no sound comes, until some does', async () => {
    const recorder = world.recorder();
    await recorder.record();
    world.say(7, 10);
    expect(recorder.hushed).toBe(true);
    world.say(1);
    expect(recorder.hushed).toBe(false);
    world.microphone?.muted?.(true);
    expect(recorder.hushed).toBe(true);
  });

  for (const [name, trouble] of [['NotAllowedError', 'denied'], ['NotFoundError', 'none'], ['NotReadableError', 'broken']] as const) {
    test(`is not begun where the browser says ${name}`, async () => {
      world.refuse = new DOMException('', name);
      const recorder = world.recorder();
      await recorder.record();
      expect([recorder.state, recorder.trouble, world.takes.length]).toEqual(['ready', trouble, 0]);
    });
  }

  test('goes on after what is on the box already', async () => {
    const recorder = world.recorder(60 * rate);
    await recorder.record();
    world.say(3);
    expect(recorder.samples / rate).toBe(63);
  });
});
