import { describe, expect, test } from 'vitest';
import { href, match, wanted } from './routes';

describe('match', () => {
  test.each([
    ['/', 'home', ''],
    ['/sessions/new', 'create', ''],
    ['/sessions/hst_1', 'session', 'hst_1'],
    ['/sessions/hst_1/design', 'design', 'hst_1'],
    ['/sessions/hst_1/design/', 'design', 'hst_1'],
    ['/conversations/cnv_%C3%A4', 'conversation', 'cnv_ä'],
    ['/projects', 'projects', ''],
    ['/projects/prj_1', 'project', 'prj_1'],
  ])('%s is %s', (path, page, id) => {
    expect(match(path)).toEqual({ page, id });
  });

  test.each(['/nothing', '/sessions/hst_1/design/more', '/sessions/a/b', '/conversations/%E0%A4%A'])(
    '%s is no page',
    (path) => {
      expect(match(path)).toBeNull();
    },
  );
});

describe('href', () => {
  test('leads back to where match came from', () => {
    expect(match(href('results', 'a b/c'))).toEqual({ page: 'results', id: 'a b/c' });
  });

  test('leaves empty query values out', () => {
    expect(href('conversation', 'cnv_1', { turn: 0, from: null, q: '' })).toBe('/conversations/cnv_1?turn=0');
  });
});

describe('wanted', () => {
  const box = 'https://box.local';

  test('keeps a page of this app with its query and fragment', () => {
    expect(wanted('/sessions/hst_1/results?tab=responses#t4', box)).toBe('/sessions/hst_1/results?tab=responses#t4');
  });

  test('keeps the session that somebody takes part in, without what stands behind the hash', () => {
    expect(wanted('/chat?s=hst_1#t=abc', box)).toBe('/chat?s=hst_1');
  });

  test.each([null, '', '/chatter', 'https://elsewhere.example/chat?s=hst_1', 'https://elsewhere.example/', '//elsewhere.example/', '/\\elsewhere.example', '/login', '/setup', '/accept', '/nothing'])(
    '%s leads home',
    (to) => {
      expect(wanted(to, box)).toBe('/');
    },
  );
});
