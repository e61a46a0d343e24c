import { expect, test } from 'vitest';
import { sizeOf, waysOpen } from './privacy';

test('a size is told in the largest unit that fits', () => {
  expect(sizeOf(999, 'en')).toBe('999 byte');
  expect(sizeOf(1500, 'en')).toBe('1.5 kB');
  expect(sizeOf(42_000_000, 'de')).toBe('42 MB');
});

test('ways that the kernel closed are not told as open, and each kind of way is told once', () => {
  const tried = [
    { way: 'dns', to: '192.0.2.1:53', open: false },
    { way: 'udp', to: '192.0.2.1:443', open: true },
    { way: 'udp', to: '198.51.100.1:443', open: true },
    { way: 'raw', to: '', open: true },
  ] as const;
  expect(waysOpen({ tried: [...tried] })).toEqual(['net', 'crafted']);
});
