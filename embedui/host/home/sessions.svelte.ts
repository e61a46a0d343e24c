import { untrack } from 'svelte';
import type { Host } from '../host.svelte';
import type { Page, SessionItem, State } from '../types';

/** What the list of sessions is narrowed to, as it stands in the address. */
export interface Filter {
  state: State | '';
  project: string;
  q: string;
}

/** How many cards come at once. */
const step = 24;

/** Milliseconds between two looks at the counts while a session is open and the page in view. */
const look = 10_000;

/** The sessions that fit a filter, with counts that stay fresh. */
export class SessionList {
  items = $state.raw<SessionItem[]>();
  total = $state(0);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  readonly #host: Host;
  #filter: Filter = { state: '', project: '', q: '' };
  #abort = new AbortController();

  constructor(host: Host) {
    this.#host = host;
  }

  get more(): boolean {
    return this.items !== undefined && this.items.length < this.total;
  }

  async show(filter: Filter): Promise<void> {
    this.#filter = filter;
    await this.#read(step, 0);
  }

  async showMore(): Promise<void> {
    await this.#read(step, this.items?.length ?? 0);
  }

  /** Reads what is shown again. */
  refresh = async (): Promise<void> => {
    const shown = Math.max(step, this.items?.length ?? 0);
    await this.#read(Math.min(100, shown), 0);
  };

  replace(session: SessionItem): void {
    this.items = this.items?.map((s) => (s.id === session.id ? session : s));
  }

  remove(id: string): void {
    this.items = this.items?.filter((s) => s.id !== id);
    this.total--;
  }

  /** Keeps the counts fresh until the function that it gives is called, and the whole list when rights have changed. */
  watch(): () => void {
    if (this.#host.rights > 0) untrack(() => void this.refresh());
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && this.items?.some((s) => s.state === 'open')) void this.refresh();
    }, look);
    return () => {
      clearInterval(timer);
      this.#abort.abort();
    };
  }

  async #read(limit: number, offset: number): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    const { state, project, q } = this.#filter;
    // Archived sessions are out of sight unless asked for.
    const states = state || 'draft,open,closed';
    const query = { state: states, project_id: project || null, q: q || null, limit, offset };
    try {
      const page: Page<SessionItem> = await this.#host.api.get('/sessions', { query, signal: abort.signal });
      this.items = offset === 0 ? page.data : [...(this.items ?? []), ...page.data];
      this.total = page.pagination.total;
      this.error = null;
    } catch (error) {
      if (!abort.signal.aborted) this.error = error;
    } finally {
      if (!abort.signal.aborted) this.busy = false;
    }
  }
}
