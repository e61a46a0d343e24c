import { onDestroy } from 'svelte';

/**
 * Something that a page fetches: what came, or why it did not. `again` fetches anew and keeps showing the old until
 * the new is there. Made while a component is set up; given up when that component goes.
 */
export class Load<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>(null);
  busy = $state(false);
  readonly #fetch: (signal: AbortSignal) => Promise<T>;
  #abort = new AbortController();

  constructor(fetch: (signal: AbortSignal) => Promise<T>) {
    this.#fetch = fetch;
    onDestroy(() => this.#abort.abort());
    void this.again();
  }

  again = async (): Promise<void> => {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    try {
      const value = await this.#fetch(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (!abort.signal.aborted) this.error = error;
    } finally {
      if (!abort.signal.aborted) this.busy = false;
    }
  };
}
