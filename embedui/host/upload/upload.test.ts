import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NoAnswer, Refusal } from '../../shared/api/client';
import type { KeptPiece, KeptTake } from '../record/sounds';
import type { MeetingDetail } from '../types';
import { mixed, Sides } from './channels';
import type { SoundFile } from './decode';
import { Upload } from './upload.svelte';

const rate = 16_000;

/** A file of so many seconds at 16 kHz, whose samples count up in each channel, a second at a time. */
const sound = (seconds: number, channels = 1): SoundFile => ({
  seconds,
  rate,
  channels,
  cut: false,
  planes: async function* () {
    for (let s = 0; s < seconds; s++) {
      yield Array.from({ length: channels }, (_, c) => Float32Array.from({ length: rate }, (_, i) => ((s * rate + i) % 1_000) / 2_000 + c / 10));
    }
  },
  close: () => undefined,
});

async function* breaking(file: SoundFile, error: Error) {
  yield* file.planes();
  throw error;
}

/** A box, which may be cut off, and may have some pieces already. */
class Box {
  put: [track: number, seq: number, start: number, samples: number][] = [];
  ended: [track: number, samples: number][] = [];
  closed: boolean[] = [];
  cuts = 0;
  refuse: Refusal | null = null;

  upload(file: SoundFile, tracks: 1 | 2 = 1, have: [number, number][] = []): Upload {
    const meeting = { id: 'cnv_1', title: 'Monday', tracks: have.length > 0 ? [{ track: 0, takes: [{ take: 0, samples: 0, told: false, ended: false, have, next_seq: 0 }] }] : [] };
    return new Upload({
      meeting: meeting as unknown as MeetingDetail,
      plan: { way: 'sound', sound: file, tracks, seconds: file.seconds },
      box: {
        begin: async ({ track }: KeptTake) => ({ track, take: 0 }),
        put: async ({ track }: KeptTake, piece: KeptPiece, bytes: ArrayBuffer) => {
          if (this.refuse) throw this.refuse;
          if (this.cuts-- > 0) throw new NoAnswer('unreachable');
          this.put.push([track, piece.id[1], piece.start, bytes.byteLength / 2]);
        },
        end: async ({ track, samples }: KeptTake) => void this.ended.push([track, samples]),
      },
      close: async (cut) => void this.closed.push(cut),
      random: () => 0,
    });
  }
}

let box: Box;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 200 });
  box = new Box();
});
afterEach(() => vi.useRealTimers());

describe('a file that is sent', () => {
  test('goes in pieces of half a minute, is ended with its length, and closed', async () => {
    const upload = box.upload(sound(65));
    await upload.run();
    expect(box.put).toEqual([[0, 0, 0, 30 * rate], [0, 1, 30 * rate, 30 * rate], [0, 2, 60 * rate, 5 * rate]]);
    expect([upload.state, box.ended, box.closed, upload.done]).toEqual(['done', [[0, 65 * rate]], [false], 65]);
  });

  test('is not sent again where the box has it, but for the first piece', async () => {
    await box.upload(sound(65), 1, [[0, 1]]).run();
    expect(box.put.map(([, seq]) => seq)).toEqual([0, 2]);
  });

  test('waits while the box cannot be reached', async () => {
    box.cuts = 2;
    const upload = box.upload(sound(10));
    await upload.run();
    expect([upload.state, upload.hold, box.put.length]).toEqual(['done', null, 1]);
  });

  test('is not the one that was begun: the box says so by its first piece, and nothing is ended', async () => {
    box.refuse = new Refusal(409, 'conflict', 'Another piece has this number.');
    const upload = box.upload(sound(10), 1, [[0, 0]]);
    await upload.run();
    expect([upload.state, (upload.problem as Refusal).status, box.ended.length]).toEqual(['failed', 409, 0]);
  });

  test.each([
    ['is shorter than its head says', { seconds: 600 }],
    ['is known to be cut', { cut: true }],
    ['cannot be decoded from a place on', { planes: () => breaking(sound(10), new Error('Decoding error.')) }],
  ])('that %s is kept as far as it goes, and told to be cut', async (_, flaw) => {
    const upload = box.upload({ ...sound(10), ...flaw });
    await upload.run();
    expect([upload.state, box.ended, box.closed]).toEqual(['done', [[0, 10 * rate]], [true]]);
  });

  test('is not closed when this device cannot read it any more', async () => {
    const upload = box.upload({ ...sound(10), planes: () => breaking(sound(10), new DOMException('It was moved.', 'NotReadableError')) });
    await upload.run();
    expect([upload.state, box.ended, box.closed]).toEqual(['failed', [], []]);
  });

  test('with two sides goes in two tracks', async () => {
    await box.upload(sound(10, 2), 2).run();
    expect(box.ended).toEqual([[0, 10 * rate], [1, 10 * rate]]);
  });
});

describe('two channels', () => {
  const loud = Float32Array.from({ length: 1_600 }, (_, i) => 0.3 * Math.sin(i / 5));
  const faint = loud.map((value) => value / 20);

  test('are two speakers where now one, now the other is louder by far', () => {
    const sides = new Sides();
    for (let i = 0; i < 10; i++) i % 2 ? sides.add(loud, faint) : sides.add(faint, loud);
    expect([sides.apart, sides.silent]).toEqual([true, false]);
  });

  test('are one where both hear everybody, or only one hears anything', () => {
    const room = new Sides();
    for (let i = 0; i < 10; i++) room.add(loud, loud.map((value) => value * 0.6));
    const left = new Sides();
    for (let i = 0; i < 10; i++) left.add(loud, faint);
    expect([room.apart, left.apart]).toEqual([false, false]);
  });

  test('are silent where neither has anything', () => {
    const sides = new Sides();
    sides.add(faint.map((value) => value / 10), new Float32Array(1_600));
    expect(sides.silent).toBe(true);
  });

  test('are mixed to one of the same loudness', () => {
    expect([...mixed([Float32Array.from([0.5, 0]), Float32Array.from([0.5, 0.5])])]).toEqual([0.5, 0.25]);
  });
});
