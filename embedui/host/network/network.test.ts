import { expect, test } from 'vitest';
import type { Network } from '../types';
import { choiceOf, platformOf, rowsOf, wayOf } from './network';

const network = {
  choice: { certificate: 'self', plain_join: false },
  plain_port: true,
  files: { usable: false },
} as unknown as Network;

test('plain HTTP is a way of its own, whatever certificate hosts have', () => {
  expect(wayOf(network)).toBe('self');
  expect(wayOf({ ...network, choice: { certificate: 'files', plain_join: false } })).toBe('files');
  expect(wayOf({ ...network, choice: { certificate: 'files', plain_join: true } })).toBe('plain');
});

test('plain HTTP without a port for it is not the way that is in use', () => {
  expect(wayOf({ ...network, choice: { certificate: 'self', plain_join: true }, plain_port: false })).toBe('self');
});

test('hosts keep a usable certificate of the organisation when participants come over plain HTTP', () => {
  expect(choiceOf('plain', network)).toEqual({ certificate: 'self', plain_join: true });
  const files = { ...network, choice: { certificate: 'files', plain_join: false }, files: { ...network.files, usable: true } } as Network;
  expect(choiceOf('plain', files)).toEqual({ certificate: 'files', plain_join: true });
});

test('a fingerprint stands in four rows', () => {
  const rows = rowsOf(Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0')).join(':'));
  expect(rows).toHaveLength(4);
  expect(rows[3]).toBe('18:19:1a:1b:1c:1d:1e:1f');
});

test.each([
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 'ios'],
  ['Mozilla/5.0 (Linux; Android 14; Pixel 8)', 'android'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'mac'],
  ['Mozilla/5.0 (X11; Linux x86_64)', 'linux'],
])('%s is %s', (agent, platform) => {
  expect(platformOf(agent)).toBe(platform);
});
