import { expect, test } from 'vitest';
import type { Host } from '../host.svelte';
import type { SessionModel } from '../session/session.svelte';
import type { Character, Job, Rehearsal } from '../types';
import { Rehearsals } from './rehearsals.svelte';

type Item = Pick<Rehearsal, 'id' | 'rehearsal' | 'state' | 'topics_done' | 'topics_total'>;

const item = (id: string, state: Item['state'], done = 0, rehearsal: Character = 'plain'): Item => ({ id, rehearsal, state, topics_done: done, topics_total: 4 });

/** A box with these rehearsals; `job` is the newest work on them. */
function box() {
  const at = { items: [] as Item[], job: null as Partial<Job> | null, begun: [] as Character[][] };
  const list = () => ({ data: at.items, characters: [], by_model: false });
  const api = {
    get: async (path: string) =>
      path.endsWith('/rehearsals') ? list() : path.endsWith('/jobs') ? { data: at.job ? [{ kind: 'rehearse', ...at.job }] : [] } : { version: 1 },
    post: async (_: string, body: { characters: Character[] }) => (at.begun.push(body.characters), list()),
    delete: async () => ((at.items = at.items.map((i) => ({ ...i, state: 'finished' as const }))), list()),
  };
  return { at, rehearsals: new Rehearsals({ api } as unknown as Host, { id: 'hst_1' } as SessionModel) };
}

test('what has ended since the first one began stays in the progress until all have', async () => {
  const { at, rehearsals } = box();
  at.items = [item('old', 'finished'), item('a', 'active', 2), item('b', 'active'), item('mine', 'active', 1, 'host')];
  await rehearsals.read();
  expect(rehearsals.progress).toEqual({ value: 0.5, max: 2, ended: 0 });
  at.items = [item('old', 'finished'), item('a', 'finished', 4), item('b', 'active', 2)];
  await rehearsals.read();
  expect(rehearsals.progress).toEqual({ value: 1.5, max: 2, ended: 1 });
  at.items = at.items.map((i) => ({ ...i, state: 'finished' as const }));
  await rehearsals.read();
  expect(rehearsals.progress).toBeNull();
});

test('why they fell silent is told as long as there is something to end', async () => {
  const { at, rehearsals } = box();
  at.items = [item('a', 'active')];
  at.job = { state: 'running', message: '' };
  await rehearsals.read();
  expect(rehearsals.failure).toBeNull();
  at.job = { state: 'failed', message: 'The disk is full.' };
  await rehearsals.read();
  expect(rehearsals.failure).toBe('The disk is full.');
  await rehearsals.stop();
  expect(rehearsals.failure).toBeNull();
});

test('more characters than one request may begin are begun by several', async () => {
  const { at, rehearsals } = box();
  await rehearsals.play(Array<Character>(8).fill('terse'), 'en');
  expect(at.begun.map((some) => some.length)).toEqual([6, 2]);
});
