import { describe, expect, test } from 'vitest';
import { Resampler, to16 } from './resample';

/** So many seconds of a tone. */
const tone = (hertz: number, rate: number, seconds = 1) =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

function resampled(samples: Float32Array, from: number, part = samples.length): Float32Array {
  const resampler = new Resampler(from);
  const out: number[] = [];
  for (let i = 0; i < samples.length; i += part) out.push(...resampler.push(samples.subarray(i, i + part)));
  out.push(...resampler.end());
  return Float32Array.from(out);
}

/** How loud what is left is when one sound is taken from the other, without their first and last 50 ms. */
function difference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 800; i < Math.min(a.length, b.length) - 800; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}

describe('sound of another rate', () => {
  for (const rate of [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 47_999]) {
    test(`of ${rate} Hz is the same sound at 16 kHz, as long as before`, () => {
      const out = resampled(tone(1_000, rate), rate);
      expect(out.length).toBe(16_000);
      expect(difference(out, tone(1_000, 16_000))).toBeLessThan(0.01);
    });
  }

  test('holds nothing of what 16 kHz cannot hold', () => {
    expect(difference(resampled(tone(12_000, 44_100), 44_100), new Float32Array(16_000))).toBeLessThan(0.005);
  });

  test('is the same however it comes', () => {
    const whole = resampled(tone(700, 44_100), 44_100);
    for (const part of [1, 128, 1_000]) expect(resampled(tone(700, 44_100), 44_100, part)).toEqual(whole);
  });

  test('of 16 kHz passes as it is', () => {
    expect(resampled(tone(700, 16_000), 16_000, 128)).toEqual(tone(700, 16_000));
  });
});

test('16 bits hold what is too loud as loud as they can', () => {
  expect([...to16(Float32Array.from([0, 1, -1, 2, -2]))]).toEqual([0, 32767, -32767, 32767, -32768]);
});
