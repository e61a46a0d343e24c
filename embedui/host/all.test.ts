import { expect, test } from 'vitest';
import { allOf } from './all';

function box(total: number) {
  const asked: number[] = [];
  const get = async ({ limit, offset }: { limit: number; offset: number }) => {
    asked.push(offset);
    const data = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, i) => offset + i);
    return { data, pagination: { total, limit, offset } };
  };
  return { get, asked };
}

test.each([
  [0, [0]],
  [100, [0]],
  [250, [0, 100, 200]],
])('a list of %i is read whole', async (total, asked) => {
  const b = box(total);
  expect(await allOf(b.get)).toEqual(Array.from({ length: total }, (_, i) => i));
  expect(b.asked).toEqual(asked);
});

test('a list that shrinks while it is read comes to an end', async () => {
  let left = 150;
  const get = async ({ offset }: { offset: number }) => ({
    data: offset === 0 ? Array.from({ length: 100 }, (_, i) => i) : [],
    pagination: { total: left--, limit: 100, offset },
  });
  expect(await allOf(get)).toHaveLength(100);
});
