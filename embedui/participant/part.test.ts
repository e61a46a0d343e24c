import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Part } from './part.svelte';

const component = (() => ({})) as never;

describe('a part that is loaded when it is used', () => {
  beforeEach(() => void vi.useFakeTimers());

  test('is loaded once, however often it is asked for', async () => {
    const load = vi.fn(async () => ({ default: component }));
    const part = new Part(load);
    expect(part.component).toBeNull();
    expect(await Promise.all([part.fetch(), part.fetch()])).toEqual([true, true]);
    expect(part.component).toBe(component);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('that could not be loaded says so, and may be tried again', async () => {
    const load = vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockResolvedValue({ default: component });
    const part = new Part(load);
    expect(await part.fetch()).toBe(false);
    expect(part.failed).toBe(true);
    expect(await part.fetch()).toBe(true);
    expect(part.failed).toBe(false);
  });

  test('that is fetched ahead is no failure yet when it does not come', async () => {
    const load = vi.fn().mockRejectedValue(new TypeError('no network'));
    const part = new Part(load);
    part.ahead();
    await vi.runAllTimersAsync();
    expect(load).toHaveBeenCalledTimes(1);
    expect(part.failed).toBe(false);
  });
});
