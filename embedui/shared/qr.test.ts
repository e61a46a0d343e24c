import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encode, path, TooLong } from './qr';

const rows = (code: boolean[][]) => code.map((row) => row.map(Number).join(''));

describe('encode', () => {
  // The sums are those of the same texts drawn by rsc.io/qr, which the box uses for its own codes.
  test.each([
    [
      'http://box/',
      21,
      '60f036b6ac51f2efc19a8ada9d16a7014482617deed7e0b197de6f90e7e6152c',
    ],
    [
      'http://192.168.1.20:8080/chat?s=hst_01hqf3k2m4n5p6q7r8s9#t=Zk3xQ9vB2mN7rT5wY8pL1c',
      37,
      '07112ec39ebdb864b265dcec689c082184d2f754c765b100d5be1b787ce9aeaa',
    ],
    [
      'https://harmonium.local.example.org/chat?s=hst_01hqf3k2m4n5p6q7r8s9t0v1w2x3y4z5#t=Zk3xQ9vB2mN7rT5wY8pL1cZk3xQ9vB2mN7rT5wY8pL1c&more=abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789',
      57,
      '39937c8dadf28954d30290e31c2163d3b9faab64bf07bd27ff3a37cf91aa3c9b',
    ],
  ])('draws %s as another program does', (text, size, sum) => {
    const code = encode(text);
    expect(code).toHaveLength(size);
    expect(createHash('sha256').update(rows(code).join('\n')).digest('hex')).toBe(sum);
  });

  test('takes 331 bytes and refuses one more', () => {
    expect(encode('x'.repeat(331))).toHaveLength(69);
    expect(() => encode('x'.repeat(332))).toThrow(TooLong);
  });
});

test('the path leaves the quiet zone free', () => {
  expect(path([[true, false], [false, true]])).toBe('M4 4h1v1h-1zM5 5h1v1h-1z');
  expect(path([[false, true, true], [true, true, true]])).toBe('M5 4h2v1h-2zM4 5h3v1h-3z');
});
