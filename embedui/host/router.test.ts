import { beforeEach, describe, expect, test } from 'vitest';
import { Router, type Win } from './router.svelte';

/** The history of a browser, as far as a page sees it. */
class Browser {
  entries: { state: unknown; url: string }[] = [{ state: null, url: 'http://box/' }];
  at = 0;
  scrollY = 0;
  listeners: ((event: PopStateEvent) => void)[] = [];
  history = {
    scrollRestoration: 'auto',
    get state() {
      return null;
    },
    pushState: (state: unknown, _: string, url: URL) => {
      this.entries = [...this.entries.slice(0, this.at + 1), { state, url: String(url) }];
      this.at++;
    },
    replaceState: (state: unknown, _: string, url?: URL) => {
      this.entries[this.at] = { state, url: String(url ?? this.entries[this.at]?.url) };
    },
    go: (by: number) => {
      this.at += by;
      for (const l of this.listeners) l({ state: this.entries[this.at]?.state } as PopStateEvent);
    },
  };
  get location() {
    return { href: this.entries[this.at]?.url };
  }
  addEventListener = (_: string, l: (event: PopStateEvent) => void) => this.listeners.push(l);
  removeEventListener = () => {};
  scrollTo = (_: number, y: number) => {
    this.scrollY = y;
  };
}

let browser: Browser;
let router: Router;

beforeEach(() => {
  browser = new Browser();
  router = new Router(browser as unknown as Win);
  router.start();
});

describe('Router', () => {
  test('shows a page, and Back shows the one before', () => {
    router.go('/projects/prj_1');
    expect(router.route).toEqual({ page: 'project', id: 'prj_1' });
    browser.history.go(-1);
    expect(router.route?.page).toBe('home');
  });

  test('replacing leaves no way back', () => {
    router.go('/login');
    router.go('/health', { replace: true });
    browser.history.go(-1);
    expect(router.route?.page).toBe('home');
  });

  test('passes something on that is not in the address', () => {
    router.go('/sessions/new', { pass: { goal: 'why' } });
    expect(router.passed).toEqual({ goal: 'why' });
    expect(router.url.search).toBe('');
  });

  test('a change of the query is no visit of another page', () => {
    const before = router.visit;
    router.set({ tab: 'form' }, { push: true });
    expect(router.query.get('tab')).toBe('form');
    expect(router.visit).toBe(before);
    expect(router.takeArrival()).toBe(false);
    browser.history.go(-1);
    expect(router.query.get('tab')).toBeNull();
  });

  test('arrives once per page', () => {
    router.go('/health');
    expect(router.takeArrival()).toBe(true);
    expect(router.takeArrival()).toBe(false);
  });

  test('goes to the top of a new page, and to where one was on the way back', () => {
    browser.scrollY = 740;
    router.go('/health');
    expect(browser.scrollY).toBe(0);
    browser.history.go(-1);
    expect(browser.scrollY).toBe(740);
  });

  test('a page that takes the place of another begins at its top', () => {
    router.go('/sessions/new');
    browser.scrollY = 300;
    router.set({ goal: 'x' });
    router.go('/sessions/hst_1/design', { replace: true });
    expect(browser.scrollY).toBe(0);
    expect(router.scrolled).toBe(0);
  });

  test('a fragment set by hand stays on the page and can be gone back from', () => {
    browser.history.pushState(null, '', new URL('http://box/#main'));
    browser.history.go(0);
    expect(router.route?.page).toBe('home');
    router.go('/health');
    browser.history.go(-1);
    expect(router.url.hash).toBe('#main');
  });
});

describe('a guard', () => {
  test('holds a link until it is let go', () => {
    let leave = () => {};
    router.guard((go) => {
      leave = go;
      return false;
    });
    router.go('/health');
    expect(router.route?.page).toBe('home');
    leave();
    expect(router.route?.page).toBe('health');
  });

  test('holds Back, puts the address back, and lets it go on', () => {
    router.go('/projects');
    router.go('/sessions/hst_1/design');
    let leave = () => {};
    router.guard((go) => {
      leave = go;
      return false;
    });
    browser.history.go(-1);
    expect(router.route?.page).toBe('design');
    expect(browser.location.href).toBe('http://box/sessions/hst_1/design');
    leave();
    expect(router.route?.page).toBe('projects');
  });

  test('is not asked about the query of its own page', () => {
    router.guard(() => {
      throw new Error('asked');
    });
    router.set({ tab: 'form' });
    expect(router.query.get('tab')).toBe('form');
  });

  test('is gone once taken off', () => {
    router.guard(() => false)();
    router.go('/health');
    expect(router.route?.page).toBe('health');
  });
});

describe('follows', () => {
  test.each([
    ['http://box/health', true],
    ['http://box/#main', false],
    ['http://box/health#x', true],
    ['http://box/chat?s=hst_1', false],
    ['http://box/api/v1/openapi.json', false],
    ['http://elsewhere/health', false],
  ])('%s: %s', (url, want) => {
    expect(router.follows(new URL(url))).toBe(want);
  });
});
