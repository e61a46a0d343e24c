import { beforeEach, describe, expect, test, vi } from 'vitest';
import { makeMessages } from './i18n';
import { Part } from './part.svelte';

const component = (() => ({})) as never;
const messages = makeMessages();
const make = (load: () => Promise<{ default: never }>) => new Part('EndPanel', load, messages);

describe('a part that is loaded when it is used', () => {
  beforeEach(() => void vi.useFakeTimers());

  test('is loaded once, however often it is asked for', async () => {
    const load = vi.fn(async () => ({ default: component }));
    const part = make(load);
    expect(part.component).toBeNull();
    expect(await Promise.all([part.fetch(), part.fetch()])).toEqual([true, true]);
    expect(part.component).toBe(component);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('brings its texts', async () => {
    await make(async () => ({ default: component })).fetch();
    expect(messages.t('end.title')).toBe('Thank you');
  });

  test('that could not be loaded says so, and may be tried again', async () => {
    const load = vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockResolvedValue({ default: component });
    const part = make(load);
    expect(await part.fetch()).toBe(false);
    expect(part.failed).toBe(true);
    expect(await part.fetch()).toBe(true);
    expect(part.failed).toBe(false);
  });

  test('that is fetched ahead is no failure yet when it does not come', async () => {
    const load = vi.fn().mockRejectedValue(new TypeError('no network'));
    const part = make(load);
    part.ahead();
    await vi.runAllTimersAsync();
    expect(load).toHaveBeenCalledTimes(1);
    expect(part.failed).toBe(false);
  });
});
