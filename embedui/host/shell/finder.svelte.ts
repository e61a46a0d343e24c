import type { Host } from '../host.svelte';
import { href, resultTabOf, resultTabs } from '../routes';
import type { Found, Page, SessionItem } from '../types';
import { boxPages } from './box';

/** One line of the palette: where it leads and what it shows. */
export interface Line {
  id: string;
  group: 'pages' | 'sessions' | 'turns';
  title: string;
  to: string;
  snippet?: Found['snippet'];
}

/** Milliseconds to wait for the next letter before the box is asked. */
const pause = 160;

/** Finds pages of this app at once, and sessions and turns by asking the box. */
export class Finder {
  text = $state('');
  found = $state.raw<Line[]>([]);
  /** Only a part of what matches was searched. */
  part = $state(false);
  /** Before this place nothing was looked at; null when all was. */
  older: number | null = $state(null);
  busy = $state(false);
  error = $state.raw<unknown>(null);
  at = $state(0);
  readonly #host: Host;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  readonly lines: Line[] = $derived([...this.#pages(), ...this.found]);
  readonly chosen: Line | undefined = $derived(this.lines[Math.min(this.at, this.lines.length - 1)]);

  constructor(host: Host) {
    this.#host = host;
  }

  /** Takes what is typed; the box is asked when the typing rests. */
  type(text: string): void {
    this.text = text;
    this.at = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(text.trim()), text.trim() === '' ? 0 : pause);
  }

  /** Goes up or down the lines, round the ends. */
  step(by: number): void {
    const count = this.lines.length;
    if (count > 0) this.at = (Math.min(this.at, count - 1) + by + count) % count;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #pages(): Line[] {
    const { t, router, mayCreate } = this.#host;
    const of = router.route;
    const ofSession = of?.id && (['design', 'rehearse', 'launch', 'live', 'projector'].includes(of.page) || resultTabOf(of.page));
    const pages: [string, string][] = [
      ...(ofSession ? (['design', 'rehearse', 'launch', 'live', 'results'] as const) : []).map(
        (page): [string, string] => [t(`session.${page}`), href(page, of?.id)],
      ),
      ...(ofSession ? resultTabs.filter((tab) => tab !== 'results') : []).map(
        (tab): [string, string] => [`${t('session.results')}: ${t(`results.${tab}`)}`, href(tab, of?.id)],
      ),
      [t('home.sessions'), href('home')],
      ...(mayCreate ? [[t('create.title'), href('create')] as [string, string]] : []),
      [t('shell.projects'), href('projects')],
      [`${t('results.companion')}: ${t('companion.everything')}`, href('everything')],
      [t('templates.title'), href('templates')],
      [t('shell.account'), href('account')],
      ...boxPages(this.#host).map((one): [string, string] => [t(one.title), href(one.page)]),
    ];
    const words = fold(this.text).split(/\s+/).filter(Boolean);
    return pages
      .filter(([title, to]) => to !== router.url.pathname && words.every((word) => fold(title).includes(word)))
      .map(([title, to]) => ({ id: to, group: 'pages', title, to }));
  }

  async #ask(q: string): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    this.part = false;
    this.older = null;
    try {
      const found = q === '' ? await this.#recent(abort.signal) : await this.#search(q, abort.signal);
      if (abort.signal.aborted) return;
      this.found = found;
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.found = [];
      this.error = error;
    } finally {
      if (!abort.signal.aborted) this.busy = false;
    }
  }

  async #recent(signal: AbortSignal): Promise<Line[]> {
    const page: Page<SessionItem> = await this.#host.api.get('/sessions', { query: { limit: 6 }, signal });
    return page.data.map((s) => ({ id: s.id, group: 'sessions', title: s.topic, to: href('session', s.id) }));
  }

  /** Adds what was said before all that was looked at. */
  async further(): Promise<void> {
    const { signal } = this.#abort;
    const { older } = this;
    if (older === null) return;
    this.busy = true;
    try {
      const found = await this.#search(this.text.trim(), signal, older);
      if (!signal.aborted) this.found = [...this.found, ...found];
    } catch (error) {
      if (!signal.aborted) this.error = error;
    } finally {
      if (!signal.aborted) this.busy = false;
    }
  }

  async #search(q: string, signal: AbortSignal, older_than?: number): Promise<Line[]> {
    const { data, newest_only, older }: { data: Found[]; newest_only: boolean; older: number | null } = await this.#host.api.get('/search', {
      query: { q, limit: 20, older_than },
      signal,
    });
    if (!signal.aborted) {
      this.part = newest_only && older === null;
      this.older = older;
    }
    return [...data.filter((f) => f.kind === 'session'), ...data.filter((f) => f.kind === 'turn')].map((f) => ({
      id: f.turn_id ?? f.session_id,
      group: f.kind === 'session' ? 'sessions' : 'turns',
      title: f.participant ? `${this.#host.called(f.participant)} · ${f.title}` : f.title,
      to: f.kind === 'session' ? href('session', f.session_id) : href('conversation', f.conversation_id ?? '', { turn: f.seq }),
      snippet: f.snippet,
    }));
  }
}

/** Without case and accents, so that "uber" finds "Über". */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
