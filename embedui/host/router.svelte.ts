import { match } from './routes';

/** What the router needs of a browser window; tests bring their own. */
export type Win = Pick<Window, 'history' | 'location' | 'addEventListener' | 'removeEventListener' | 'scrollTo' | 'scrollY'>;

/** Asked before another page is shown. False holds the visitor here; `leave` then goes on to where they wanted. */
export type Guard = (leave: () => void) => boolean;

interface Entry {
  /** Counts the entries of this visit, so that Back and Forward can be told apart and undone. */
  n: number;
  /** What the page that linked here passes on; survives a reload, never stands in the address. */
  pass?: unknown;
}

/**
 * The address bar as state. Pages are shown by `url` alone, so that Back, Forward, reload and a copied link all lead
 * to the same thing. A guard may hold the visitor on a page with unsaved work; it is not asked when only the query
 * changes.
 */
export class Router {
  url = $state.raw<URL>(new URL('http://localhost/'));
  /** Grows whenever another page (another path) is shown. */
  visit = $state(0);
  readonly route = $derived(match(this.url.pathname));

  readonly #win: Win;
  readonly #scroll = new Map<number, number>();
  #entry: Entry;
  #guard: Guard | null = null;
  #returning = false;
  #arrived = false;

  constructor(win: Win) {
    this.#win = win;
    this.url = new URL(win.location.href);
    this.#entry = entryOf(win.history.state) ?? { n: 0 };
    win.history.replaceState(this.#entry, '');
    win.history.scrollRestoration = 'manual';
  }

  start(): void {
    this.#win.addEventListener('popstate', this.#popped);
  }

  stop(): void {
    this.#win.removeEventListener('popstate', this.#popped);
  }

  /** What the page before passed on to this one. */
  get passed(): unknown {
    return this.#entry.pass;
  }

  get query(): URLSearchParams {
    return this.url.searchParams;
  }

  /** Shows an address of this app. `replace` leaves no way back to the present one. */
  go(to: string, options: { replace?: boolean; pass?: unknown } = {}): void {
    const url = new URL(to, this.url);
    const go = () => {
      // Of a page that is replaced nobody comes back to: the place in it must not become the place in the new one.
      if (!options.replace) this.#scroll.set(this.#entry.n, this.#win.scrollY);
      else if (url.pathname !== this.url.pathname) this.#scroll.delete(this.#entry.n);
      this.#entry = { n: this.#entry.n + (options.replace ? 0 : 1), pass: options.pass };
      if (options.replace) this.#win.history.replaceState(this.#entry, '', url);
      else this.#win.history.pushState(this.#entry, '', url);
      this.#show(url, 0);
    };
    if (this.#may(url, go)) go();
  }

  /** Changes the query of the present page; null takes a name out. Leaves no entry unless asked to. */
  set(query: Record<string, string | null>, options: { push?: boolean } = {}): void {
    const url = new URL(this.url);
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === '') url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    if (url.href !== this.url.href) this.go(url.href, { replace: !options.push, pass: this.#entry.pass });
  }

  /** One guard at a time. Gives the way to take it off again. */
  guard(guard: Guard): () => void {
    this.#guard = guard;
    return () => {
      if (this.#guard === guard) this.#guard = null;
    };
  }

  /** Whether a new page has been shown whose heading has not yet taken the focus; asking takes it. */
  takeArrival(): boolean {
    const arrived = this.#arrived;
    this.#arrived = false;
    return arrived;
  }

  /** Whether a click on this link is ours to follow: a page of the host app, in this tab. */
  follows(url: URL): boolean {
    if (url.origin !== this.url.origin || match(url.pathname) === null) return false;
    return !(url.hash && url.pathname === this.url.pathname && url.search === this.url.search);
  }

  /** Does what ends the work on this page, such as logging out, once the guard lets it. */
  attempt(leave: () => void): void {
    const go = () => {
      this.#guard = null;
      leave();
    };
    if (!this.#guard || this.#guard(go)) go();
  }

  #may(url: URL, leave: () => void): boolean {
    if (!this.#guard || url.pathname === this.url.pathname) return true;
    return this.#guard(() => {
      this.#guard = null;
      leave();
    });
  }

  #show(url: URL, scroll: number): void {
    const another = url.pathname !== this.url.pathname;
    this.url = url;
    if (!another) return;
    this.visit++;
    this.#arrived = true;
    this.#win.scrollTo(0, scroll);
  }

  /** How far down the page was when it was left, 0 for a page that is new. */
  get scrolled(): number {
    return this.#scroll.get(this.#entry.n) ?? 0;
  }

  readonly #popped = (event: PopStateEvent) => {
    const url = new URL(this.#win.location.href);
    if (this.#returning) {
      this.#returning = false;
      return;
    }
    const entry = entryOf(event.state);
    if (!entry) {
      // A fragment that the visitor or a link within the page has set: a new entry of the same page.
      this.#entry = { n: this.#entry.n + 1 };
      this.#win.history.replaceState(this.#entry, '');
      this.url = url;
      return;
    }
    const by = entry.n - this.#entry.n;
    if (by !== 0 && !this.#may(url, () => this.#win.history.go(by))) {
      this.#returning = true;
      this.#win.history.go(-by);
      return;
    }
    this.#scroll.set(this.#entry.n, this.#win.scrollY);
    this.#entry = entry;
    this.#show(url, this.scrolled);
  };
}

function entryOf(state: unknown): Entry | null {
  if (typeof state !== 'object' || state === null) return null;
  const { n, pass } = state as Partial<Entry>;
  return typeof n === 'number' ? { n, pass } : null;
}
