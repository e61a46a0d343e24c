import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NoAnswer, Refusal } from '../shared/api/client';
import type { Words } from './conversation.svelte';
import type { SoundPiece } from './device.svelte';
import type { MicrophoneOptions } from '../shared/sound/microphone';
import { longest, Voice } from './voice.svelte';
import { rate, wavOf } from '../shared/sound/wav';

/** A device, a microphone and a box: what is kept, what is heard, what is written down. */
class World {
  kept: SoundPiece[] = [];
  microphone: MicrophoneOptions | null = null;
  sent: { bytes: number; key: string }[] = [];
  written: string[] = [];
  answer: () => Promise<Words> = async () => ({ text: 'What I said.', inaudible: 0, made_by: 'whisper-server' });

  voice = () =>
    new Voice({
      conversation: 'cnv_1',
      device: {
        sound: async () => [...this.kept],
        keepSound: async (piece) => void this.kept.push(piece),
        eraseSound: async () => void (this.kept = []),
      },
      open: async (options) => {
        this.microphone = options;
        return { pause: () => undefined, goOn: () => undefined, close: async () => void (this.microphone = null) };
      },
      write: (sound, key) => {
        this.sent.push({ bytes: sound.size, key });
        return this.answer();
      },
      written: ({ text }) => void this.written.push(text),
      random: () => 1,
    });

  /** Speaks for so many seconds. */
  say(seconds: number, loud = 8_000): void {
    for (let i = 0; i < seconds * 10; i++) this.microphone?.heard(new Int16Array(rate / 10).fill(loud));
  }
}

let world: World;

beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(() => vi.useRealTimers());

describe('an answer that is spoken', () => {
  test('is kept while it is recorded, and erased when its words are there', async () => {
    const voice = world.voice();
    await voice.record();
    world.say(3);
    expect(voice.seconds).toBeCloseTo(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(world.kept.reduce((sum, piece) => sum + piece.samples.length, 0)).toBe(3 * rate);
    await voice.finish();
    expect(world.written).toEqual(['What I said.']);
    expect(world.sent[0]?.bytes).toBe(44 + 2 * 3 * rate);
    expect([voice.state, voice.trouble, world.kept.length, world.microphone]).toEqual(['idle', null, 0, null]);
  });

  test('waits on the device while the box cannot be reached, and is sent again under the same key', async () => {
    const answers = [new NoAnswer('unreachable'), new Refusal(503, 'busy', 'Not now.', {}, null, 5)];
    const good = world.answer;
    world.answer = () => (answers.length > 0 ? Promise.reject(answers.shift()) : good());
    const voice = world.voice();
    await voice.record();
    world.say(2);
    await voice.finish();
    expect([voice.state, voice.trouble, world.kept.length > 0]).toEqual(['held', 'unreachable', true]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([voice.state, voice.trouble]).toEqual(['held', 'busy']);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(world.sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.written).toEqual(['What I said.']);
    expect(new Set(world.sent.map(({ key }) => key)).size).toBe(1);
  });

  test('goes on after the page was closed', async () => {
    const first = world.voice();
    await first.record();
    world.say(2);
    await first.stop();
    const second = world.voice();
    await second.restore();
    expect([second.state, Math.round(second.seconds)]).toEqual(['paused', 2]);
    await second.record();
    world.say(1);
    await second.finish();
    expect(world.sent[0]?.bytes).toBe(44 + 2 * 3 * rate);
  });

  test('ends at three minutes, and loses nothing of them', async () => {
    const voice = world.voice();
    await voice.record();
    world.say(longest + 2);
    expect([voice.state, voice.trouble, Math.round(voice.seconds)]).toEqual(['paused', 'long', longest]);
    await voice.finish();
    expect(world.sent[0]?.bytes).toBe(44 + 2 * longest * rate);
  });

  test('of silence is not sent, and the person is told while it goes on', async () => {
    const voice = world.voice();
    await voice.record();
    world.say(6, 20);
    expect(voice.hushed).toBe(true);
    await voice.finish();
    expect([voice.state, voice.trouble, world.sent.length]).toEqual(['idle', 'silent', 0]);
  });

  test('that is discarded is gone, also while it is written down', async () => {
    let end: (words: Words) => void = () => undefined;
    world.answer = () => new Promise((resolve) => (end = resolve));
    const voice = world.voice();
    await voice.record();
    world.say(2);
    void voice.finish();
    await vi.advanceTimersByTimeAsync(0);
    await voice.discard();
    end({ text: 'Too late.', inaudible: 0, made_by: '' });
    await vi.advanceTimersByTimeAsync(0);
    expect([voice.state, world.kept.length, world.written.length]).toEqual(['idle', 0, 0]);
  });

  test('keeps what was said when the microphone is taken away', async () => {
    const voice = world.voice();
    await voice.record();
    world.say(2);
    world.microphone?.lost();
    await vi.advanceTimersByTimeAsync(0);
    expect([voice.state, voice.trouble, Math.round(voice.seconds)]).toEqual(['paused', 'lost', 2]);
  });
});

test('a WAV file says what is in it', async () => {
  const head = new DataView(await wavOf([new Int16Array([1, -2]), new Int16Array([3])]).arrayBuffer());
  const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => head.getUint8(at + i)));
  expect([text(0), text(8), text(36)]).toEqual(['RIFF', 'WAVE', 'data']);
  expect([head.getUint32(24, true), head.getUint16(22, true), head.getUint32(40, true), head.getInt16(46, true)]).toEqual([rate, 1, 6, -2]);
});
