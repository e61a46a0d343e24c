import { beforeEach, expect, test } from 'vitest';
import { Refusal } from '../../shared/api/client';
import { RawUpload } from './raw.svelte';

const megabyte = 1024 * 1024;

/** A box that takes a file in parts, each at the end of what it has. */
class Box {
  bytes = 0;
  whole = false;
  parts = 0;
  /** Is called before a part is taken. */
  before: () => void = () => undefined;

  get = async () => ({ upload: { bytes: this.bytes } });

  upload = async (_: string, body: Blob, { query }: { query: { offset: number; last?: boolean } }) => {
    this.before();
    if (query.offset !== this.bytes) throw new Refusal(409, 'conflict', 'The box has another part of it.');
    this.parts++;
    this.bytes += body.size;
    this.whole = query.last ?? false;
  };

  take(size: number, there = 0): RawUpload {
    return new RawUpload(this as unknown as ConstructorParameters<typeof RawUpload>[0], 'cnv_1', new Blob([new Uint8Array(size)]), there);
  }
}

let box: Box;
beforeEach(() => (box = new Box()));

test('a file goes in parts of four megabytes, and the last one says that it is whole', async () => {
  const file = box.take(9 * megabyte);
  await file.run();
  expect([file.state, file.done, box.bytes, box.parts, box.whole]).toEqual(['done', 9 * megabyte, 9 * megabyte, 3, true]);
});

test.each([
  ['less', 1],
  ['more', 6],
  ['all', 9],
])('it goes on from where the box has it, though that is %s than was thought', async (_, has) => {
  box.bytes = has * megabyte;
  const file = box.take(9 * megabyte, 4 * megabyte);
  await file.run();
  expect([file.state, box.bytes, box.whole]).toEqual(['done', 9 * megabyte, true]);
});

test('nothing goes while it rests, nor when the page was left meanwhile', async () => {
  const file = box.take(9 * megabyte);
  box.before = () => file.pause();
  const run = file.run();
  await expect.poll(() => box.parts).toBe(1);
  expect(file.state).toBe('paused');
  file.leave();
  await run;
  expect([box.parts, box.whole, file.state]).toEqual([1, false, 'paused']);
});

test('what the box refuses for good is told', async () => {
  box.upload = async () => {
    throw new Refusal(422, 'unprocessable', 'This is no sound.');
  };
  const file = box.take(megabyte);
  await file.run();
  expect([file.state, (file.problem as Refusal).status]).toEqual(['failed', 422]);
});
