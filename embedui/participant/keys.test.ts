import { describe, expect, test } from 'vitest';
import { Keys } from './keys';

function storage(): Storage {
  const map = new Map<string, string>();
  return {
    getItem: (k: string) => map.get(k) ?? null,
    setItem: (k: string, v: string) => void map.set(k, v),
    removeItem: (k: string) => void map.delete(k),
    clear: () => map.clear(),
    key: (i: number) => [...map.keys()][i] ?? null,
    get length() {
      return map.size;
    },
  };
}

describe('Keys', () => {
  test('outlast the page, one for each session', () => {
    const device = storage();
    new Keys(device).keep('hst_1', { token: 'a', conversation: 'cnv_1' });
    const later = new Keys(device);
    expect(later.of('hst_1')).toEqual({ token: 'a', conversation: 'cnv_1' });
    expect(later.of('hst_2')).toBeNull();
  });

  test('know by which invitation they were come by, also after a wrong private link', () => {
    const device = storage();
    const keys = new Keys(device);
    keys.invite('hst_1', 'first');
    keys.keep('hst_1', { token: 'a', conversation: 'cnv_1', invitation: 'first' });
    keys.invite('hst_1', 'second');
    keys.keep('hst_1', { token: 'wrong', conversation: null });
    keys.forget('hst_1');
    const later = new Keys(device);
    expect(later.of('hst_1')?.invitation).toBe('first');
    expect(later.invitation('hst_1')).toBe('second');
    later.invite('hst_1', null);
    expect(later.invitation('hst_1')).toBeNull();
    expect(new Keys(null).invitation('hst_2')).toBeNull();
  });

  test('are gone when forgotten', () => {
    const device = storage();
    const keys = new Keys(device);
    keys.keep('hst_1', { token: 'a', conversation: null });
    keys.forget('hst_1');
    expect(keys.of('hst_1')).toBeNull();
    expect(device.length).toBe(0);
  });

  test('a private link that turns out wrong gives back what it displaced', () => {
    const keys = new Keys(storage());
    keys.keep('hst_1', { token: 'mine', conversation: 'cnv_1' });
    keys.keep('hst_1', { token: 'mistyped', conversation: null });
    keys.keep('hst_1', { token: 'mistyped again', conversation: null });
    expect(keys.of('hst_1')?.token).toBe('mistyped again');
    expect(keys.hasEarlier('hst_1')).toBe(true);
    keys.forget('hst_1');
    expect(keys.of('hst_1')).toEqual({ token: 'mine', conversation: 'cnv_1' });
  });

  test('a private link that the box knows displaces for good', () => {
    const keys = new Keys(storage());
    keys.keep('hst_1', { token: 'mine', conversation: 'cnv_1' });
    keys.keep('hst_1', { token: 'other', conversation: null });
    keys.keep('hst_1', { token: 'other', conversation: 'cnv_2' });
    expect(keys.hasEarlier('hst_1')).toBe(false);
    keys.forget('hst_1');
    expect(keys.of('hst_1')).toBeNull();
  });

  test('last as long as the page where the browser refuses storage', () => {
    const refusing = { ...storage(), setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } };
    for (const keys of [new Keys(null), new Keys(refusing)]) {
      keys.keep('hst_1', { token: 'a', conversation: null });
      expect(keys.of('hst_1')).toEqual({ token: 'a', conversation: null });
    }
  });

  test('take damaged storage for no key', () => {
    const device = storage();
    device.setItem('harmonium.conversation.hst_1', '{"token":');
    expect(new Keys(device).of('hst_1')).toBeNull();
  });
});
