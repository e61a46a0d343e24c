import { expect, test } from 'vitest';
import { takeToken } from './token';

function visit(hash: string) {
  const replaced: unknown[][] = [];
  const history = { state: { n: 4 }, replaceState: (...args: unknown[]) => void replaced.push(args) };
  return { token: takeToken({ hash, pathname: '/setup', search: '' }, history), replaced };
}

test('the token is read, and the address bar no longer shows it', () => {
  expect(visit('#t=Ab-12_x')).toEqual({ token: 'Ab-12_x', replaced: [[{ n: 4 }, '', '/setup']] });
});

test('a fragment without a token gives none, and goes too', () => {
  expect(visit('#other')).toEqual({ token: '', replaced: [[{ n: 4 }, '', '/setup']] });
});

test('an address without a fragment stays as it is', () => {
  expect(visit('')).toEqual({ token: '', replaced: [] });
});
