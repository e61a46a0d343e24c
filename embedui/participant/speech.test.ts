import { describe, expect, test } from 'vitest';
import { Announcer, hear, type Speaking, wholeSentences } from './speech';

describe('hear', () => {
  const so = (text: string): Speaking => ({ turn_seq: 4, text });

  test('puts pieces together', () => {
    let speaking = hear(null, { turn_seq: 4, offset: 0, text: 'What ' });
    speaking = hear(speaking, { turn_seq: 4, offset: 5, text: 'helped?' });
    expect(speaking).toEqual(so('What helped?'));
  });

  test('a piece that came twice changes nothing', () => {
    expect(hear(so('What helped?'), { turn_seq: 4, offset: 0, text: 'What ' })).toEqual(so('What helped?'));
  });

  test('a piece that overlaps adds what is new', () => {
    expect(hear(so('What he'), { turn_seq: 4, offset: 5, text: 'helped?' })).toEqual(so('What helped?'));
  });

  test('a missing piece is noticed', () => {
    expect(hear(so('What '), { turn_seq: 4, offset: 9, text: 'ed?' })).toBeNull();
    expect(hear(null, { turn_seq: 4, offset: 5, text: 'helped?' })).toBeNull();
  });

  test('the next turn begins anew, and a late piece of the last one is ignored', () => {
    expect(hear(so('What?'), { turn_seq: 6, offset: 0, text: 'And' })).toEqual({ turn_seq: 6, text: 'And' });
    expect(hear({ turn_seq: 6, text: 'And' }, { turn_seq: 4, offset: 5, text: '?' })).toEqual({ turn_seq: 6, text: 'And' });
  });
});

describe('wholeSentences', () => {
  test('a sentence is whole when something follows it', () => {
    expect('Thank you. What helped'.slice(0, wholeSentences('Thank you. What helped', false))).toBe('Thank you. ');
    expect(wholeSentences('Thank you.', false)).toBe(0);
    expect(wholeSentences('It took 3.5 hours', false)).toBe(0);
  });

  test('a line break ends a sentence', () => {
    expect(wholeSentences('First point\nSecond', false)).toBe('First point\n'.length);
  });

  test('at the end everything counts', () => {
    expect(wholeSentences('no full stop', true)).toBe('no full stop'.length);
  });

  test('knows the marks of other scripts', () => {
    const text = 'ما الذي ساعدك؟ ولماذا';
    expect(text.slice(0, wholeSentences(text, false)).trim()).toBe('ما الذي ساعدك؟');
  });
});

describe('Announcer', () => {
  test('says each sentence once, when it is whole', () => {
    const announcer = new Announcer();
    expect(announcer.next(2, 'Thank', false)).toBe('');
    expect(announcer.next(2, 'Thank you. What', false)).toBe('Thank you.');
    expect(announcer.next(2, 'Thank you. What helped?', false)).toBe('');
    expect(announcer.next(2, 'Thank you. What helped?', true)).toBe('What helped?');
    expect(announcer.next(2, 'Thank you. What helped?', true)).toBe('');
  });

  test('says nothing of what was there before', () => {
    const announcer = new Announcer();
    announcer.skip(4);
    expect(announcer.next(4, 'Old words.', true)).toBe('');
    expect(announcer.next(2, 'Older words.', true)).toBe('');
    expect(announcer.next(6, 'New words.', true)).toBe('New words.');
  });

  test('says a turn that was taken back from its start', () => {
    const announcer = new Announcer();
    expect(announcer.next(2, 'One moment please. Or', false)).toBe('One moment please.');
    expect(announcer.next(2, '', false)).toBe('');
    expect(announcer.next(2, 'What helped?', true)).toBe('What helped?');
  });
});
