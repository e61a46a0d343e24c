import { describe, expect, test } from 'vitest';
import { placeOf, privateLink, tidyCode } from './address';

const at = (path: string) => placeOf(new URL(path, 'http://box:8080'));

const none = { token: null, invitation: null, code: null, rehearsal: false };

describe('placeOf', () => {
  test('finds the session and the secret behind the hash', () => {
    expect(at('/chat?s=hst_1#t=abc')).toEqual({ page: 'chat', session: 'hst_1', ...none, token: 'abc' });
  });

  test('finds an invitation, and a code that was typed before', () => {
    expect(at('/chat?s=hst_1#i=abc')).toEqual({ page: 'chat', session: 'hst_1', ...none, invitation: 'abc' });
    expect(at('/chat?s=hst_1#c=ABC234')).toEqual({ page: 'chat', session: 'hst_1', ...none, code: 'ABC234' });
  });

  test('a conversation without a secret is a welcome', () => {
    expect(at('/chat?s=hst_1')).toEqual({ page: 'chat', session: 'hst_1', ...none });
    expect(at('/chat?s=hst_1#t=')).toEqual({ page: 'chat', session: 'hst_1', ...none });
    expect(at('/chat?s=hst_1#main')).toEqual({ page: 'chat', session: 'hst_1', ...none });
  });

  test('never takes a secret from the query, which is sent and logged', () => {
    expect(at('/chat?s=hst_1&t=abc')).toEqual({ page: 'chat', session: 'hst_1', ...none });
  });

  test('knows the page of what a session shows of its results', () => {
    expect(at('/results?s=hst_1')).toEqual({ page: 'results', session: 'hst_1' });
    expect(at('/results')).toEqual({ page: 'join', code: '' });
  });

  test('an address without a session leads to where a code is typed', () => {
    expect(at('/chat')).toEqual({ page: 'join', code: '' });
    expect(at('/join')).toEqual({ page: 'join', code: '' });
    expect(at('/join?code=ABC234')).toEqual({ page: 'join', code: 'ABC234' });
  });
});

test('the private link leads back to the same place', () => {
  const link = privateLink('http://192.168.1.4:8080', 'hst_1', 'a-b_c');
  expect(link).toBe('http://192.168.1.4:8080/chat?s=hst_1#t=a-b_c');
  expect(placeOf(new URL(link))).toEqual({ page: 'chat', session: 'hst_1', ...none, token: 'a-b_c' });
});

test('the link back into a rehearsal says that it is one', () => {
  const link = privateLink('http://box', 'hst_1', 'abc', true);
  expect(placeOf(new URL(link))).toEqual({ page: 'chat', session: 'hst_1', ...none, token: 'abc', rehearsal: true });
});

test('codes are read however they are typed', () => {
  expect(tidyCode(' abc-2 34 ')).toBe('ABC234');
});
