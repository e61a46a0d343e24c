import { expect, test } from 'vitest';
import { clock, currentAt, found, talkShare } from './clock';

const turn = (start_ms: number, end_ms: number, speaker_id = 'a', content = 'one two') => ({ start_ms, end_ms, speaker_id, content });

test.each([
  [0, '0:00'],
  [7_999, '0:07'],
  [750_000, '12:30'],
  [3_723_000, '1:02:03'],
  [-5, '0:00'],
])('%d ms are %s', (ms, text) => expect(clock(ms)).toBe(text));

test('the turn that is heard is the last that has begun', () => {
  const turns = [turn(0, 900), turn(1_000, 2_000), turn(0, 0), turn(3_000, 4_000)];
  expect([0, 950, 1_000, 2_500, 9_000].map((ms) => currentAt(turns, ms))).toEqual([0, 0, 1, 1, 3]);
  expect(currentAt([turn(0, 0)], 500)).toBe(-1);
});

test('of several who speak at once it is the one who began last', () => {
  expect(currentAt([turn(0, 5_000), turn(2_000, 9_000), turn(1_000, 1_500)], 3_000)).toBe(1);
});

test('shares are of the time, or of the words where there are no times', () => {
  expect([...talkShare([turn(0, 3_000, 'a'), turn(3_000, 4_000, 'b')])]).toEqual([['a', 0.75], ['b', 0.25]]);
  expect([...talkShare([turn(0, 0, 'a', 'one two three'), turn(0, 0, 'b', 'four')])]).toEqual([['a', 0.75], ['b', 0.25]]);
});

test('what is looked for is marked without case, and nothing where letters change their number', () => {
  expect(found('Blades and blades', 'BLADES')).toEqual([
    { text: 'Blades', marked: true },
    { text: ' and ', marked: false },
    { text: 'blades', marked: true },
  ]);
  expect(found('İstanbul', 'stan')).toEqual([{ text: 'İstanbul', marked: false }]);
  expect(found('text', ' ')).toEqual([{ text: 'text', marked: false }]);
});
