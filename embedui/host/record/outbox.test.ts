import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NoAnswer, Refusal } from '../../shared/api/client';
import { SoundOutbox } from './outbox.svelte';
import { type KeptPiece, type KeptTake, Sounds } from './sounds';

/** A box that stores each piece once, and can be cut off before or after it has stored. */
class Box {
  pieces = new Map<number, { start: number; sha256: string; samples: number[] }>();
  ended: number[] = [];
  marks: string[] = [];
  begun: string[] = [];
  puts = 0;
  cut: 'no' | 'before' | 'after' = 'no';
  refuse: Refusal | null = null;

  #way = <T>(work: () => T): Promise<T> => {
    if (this.refuse) return Promise.reject(this.refuse);
    if (this.cut === 'before') return Promise.reject(new NoAnswer('unreachable'));
    const done = work();
    return this.cut === 'after' ? Promise.reject(new NoAnswer('timeout')) : Promise.resolve(done);
  };

  begin = (take: KeptTake) =>
    this.#way(() => {
      if (!this.begun.includes(take.key)) this.begun.push(take.key);
      return { track: 0, take: this.begun.indexOf(take.key) };
    });
  put = (_: KeptTake, piece: KeptPiece, bytes: ArrayBuffer) =>
    this.#way(() => {
      this.puts++;
      this.pieces.set(piece.id[1], { start: piece.start, sha256: piece.sha256, samples: [...new Int16Array(bytes)] });
    });
  end = (take: KeptTake) => this.#way(() => void this.ended.push(take.samples));
  mark = (mark: { key: string }) => this.#way(() => `mrk_${this.marks.push(mark.key)}`);
}

let box: Box;
let sounds: Sounds;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  box = new Box();
  sounds = new Sounds(null);
});
afterEach(() => vi.useRealTimers());

const outbox = () => new SoundOutbox({ sounds, meeting: 'cnv_1', box, random: () => 1 });
const take = (key = 'a'): KeptTake => ({ key, meeting: 'cnv_1', title: 'Monday', track: 0, take: null, next: 0, samples: 0, running: true, ended: false, at: 0 });
const samples = (...values: number[]) => Int16Array.from(values);

/** Waits for what happens by itself. */
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('the sound of a meeting', () => {
  test('comes to the box in order, numbered and with its place, and is then kept no longer', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    await out.add(kept, samples(1, 2, 3));
    await out.add(kept, samples(4, 5));
    await out.drained();
    expect([...box.pieces].map(([seq, p]) => [seq, p.start, p.samples])).toEqual([[0, 0, [1, 2, 3]], [1, 3, [4, 5]]]);
    expect([out.waiting, out.sent, await sounds.pieces('a')]).toEqual([0, 5, []]);
  });

  test('carries the hash of its bytes', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    await out.add(kept, samples());
    await out.add(kept, samples(0));
    await out.drained();
    expect(box.pieces.get(0)?.sha256).toBe('lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=');
  });

  for (const cut of ['before', 'after'] as const) {
    test(`is kept and sent again under the same number when the line is cut ${cut} the box has it`, async () => {
      const out = outbox();
      const kept = take();
      out.open(kept);
      box.cut = cut;
      await out.add(kept, samples(1, 2));
      await out.add(kept, samples(3));
      await until(() => out.hold !== null);
      expect([out.hold, out.waiting, (await sounds.pieces('a')).length]).toEqual(['unreachable', 3, 2]);
      box.cut = 'no';
      await vi.advanceTimersByTimeAsync(1_000);
      await out.drained();
      expect([...box.pieces.values()].flatMap((p) => p.samples)).toEqual([1, 2, 3]);
      expect([box.begun, out.hold, out.waiting]).toEqual([['a'], null, 0]);
    });
  }

  test('goes on where an earlier page left it', async () => {
    const first = outbox();
    const kept = take();
    first.open(kept);
    box.cut = 'before';
    await first.add(kept, samples(1, 2));
    await until(() => first.hold !== null);
    first.close();

    box.cut = 'no';
    const second = outbox();
    const again = await second.restore();
    expect(again).toMatchObject({ key: 'a', next: 1, samples: 2, ended: false });
    await second.add(again as KeptTake, samples(3));
    await second.drained();
    expect([...box.pieces].map(([seq, p]) => [seq, p.start, p.samples])).toEqual([[0, 0, [1, 2]], [1, 2, [3]]]);
  });

  test('that has ended is told with its length after its last piece, and forgotten', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    box.cut = 'before';
    void out.add(kept, samples(1, 2));
    await out.end(kept);
    await until(() => out.hold !== null);
    expect(box.ended).toEqual([]);
    box.cut = 'no';
    await vi.advanceTimersByTimeAsync(1_000);
    await out.drained();
    expect([box.ended, await sounds.takes()]).toEqual([[2], []]);
  });

  test('leaves room for what is missing', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    await out.add(kept, samples(1));
    kept.samples += 10;
    await out.add(kept, samples(2));
    await out.drained();
    expect(box.pieces.get(1)?.start).toBe(11);
  });

  test('waits while the disk of the box is full, and says so', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    box.refuse = new Refusal(507, 'busy', 'The disk is full.');
    await out.add(kept, samples(1));
    await until(() => out.hold !== null);
    expect([out.hold, out.waiting, out.stopped]).toEqual(['full', 1, null]);
    box.refuse = null;
    await vi.advanceTimersByTimeAsync(1_000);
    await out.drained();
    expect([out.hold, box.pieces.size]).toEqual([null, 1]);
  });

  test('stays on the device when the box will not have it', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    box.refuse = new Refusal(404, 'not_found', 'There is no such meeting.');
    await out.add(kept, samples(1, 2));
    await until(() => out.stopped !== null);
    expect([out.stopped?.status, out.waiting]).toEqual([404, 2]);
    expect((await out.rest()).map((s) => [...s])).toEqual([[1, 2]]);
  });

  test('of which nothing was heard is not told at all', async () => {
    const out = outbox();
    const kept = take();
    out.open(kept);
    await out.end(kept);
    await out.drained();
    expect([box.begun, box.ended, await sounds.takes()]).toEqual([[], [], []]);
  });
});

test('A mark that the box refuses is told, and holds up no sound', async () => {
  const told: string[] = [];
  box.mark = () => Promise.reject(new Refusal(400, 'validation_error', 'There are 1,000 marks.'));
  const out = new SoundOutbox({ sounds, meeting: 'cnv_1', box, refused: (_, why) => told.push(why.message) });
  const kept = take();
  out.open(kept);
  await out.mark({ key: 'm', meeting: 'cnv_1', kind: 'note', at_ms: 5, text: '', at: 0 });
  await out.add(kept, samples(1));
  await out.end(kept);
  await out.drained();
  expect([told, box.pieces.size, box.ended, out.stopped, await sounds.marks()]).toEqual([['There are 1,000 marks.'], 1, [1], null, []]);
});

test('A mark is kept until the box has it', async () => {
  const out = outbox();
  const kept = take();
  out.open(kept);
  box.cut = 'before';
  await out.mark({ key: 'm', meeting: 'cnv_1', kind: 'decision', at_ms: 5, text: '', at: 0 });
  await out.add(kept, samples(1));
  await until(() => out.hold !== null);
  expect((await sounds.marks()).length).toBe(1);
  box.cut = 'no';
  await vi.advanceTimersByTimeAsync(1_000);
  await out.drained();
  expect([box.marks, await sounds.marks()]).toEqual([['m'], []]);
});

test('Without storage, it is said that what waits lasts only as long as the page', async () => {
  const out = outbox();
  const kept = take();
  out.open(kept);
  box.cut = 'before';
  await out.add(kept, samples(1));
  expect(out.fragile).toBe('none');
});
