import { expect, test } from 'vitest';
import { likeness, type Speech } from './speech';

/** Something like speech: sounds of changing height and loudness, with breaths; by a seed. */
function babble(seed: number, seconds: number): Speech {
  const samples = new Int16Array(16_000 * seconds);
  let [state, phase, height, loud] = [seed, 0, 200, 0];
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  samples.forEach((_, i) => {
    if (i % 1600 === 0) [height, loud] = [120 + 900 * next(), next() < 0.2 ? 0 : 3000 + 9000 * next()];
    phase += (2 * Math.PI * height) / 16_000;
    samples[i] = loud * (Math.sin(phase) + 0.4 * Math.sin(2.7 * phase) + 0.2 * (next() - 0.5));
  });
  return { samples, rate: 16_000 };
}

const said = babble(7, 12);
const without = (from: number, count: number) =>
  Int16Array.from([...said.samples.subarray(0, from), ...said.samples.subarray(from + count)]);

test('what was said is like itself', () => {
  expect(likeness(said.samples, said)).toBeGreaterThan(0.999);
});

test('what a microphone leaves out once, anywhere, makes it no other', () => {
  expect(likeness(without(16_000 * 7, 900), said)).toBeGreaterThan(0.99);
});

test.each([
  ['other words', babble(8, 12).samples],
  ['a hole in every second', said.samples.map((v, i) => (i % 16_000 < 1600 ? 0 : v))],
  ['noise on top', said.samples.map((v, i) => v + 4000 * Math.sin(i * i))],
  ['a little left out of every tenth of a second', said.samples.filter((_, i) => i % 1600 > 40)],
])('%s is not', (_, heard) => {
  expect(likeness(heard, said)).toBeLessThan(0.99);
}, 30_000);
