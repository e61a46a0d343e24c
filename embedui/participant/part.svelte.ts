import type { Component } from 'svelte';

/**
 * A part of the app that is loaded when it is used, as a component: `<part.component … />` shows nothing until
 * `fetch` has resolved. Whatever not everybody needs at once is one, so that a phone begins with little. What is
 * needed also where the connection has gone is fetched `ahead`.
 */
export class Part<C extends Component<any, any, any>> {
  component = $state.raw<C | null>(null);
  /** The last `fetch` failed. What the part would have shown has to be said in another way, or tried again. */
  failed = $state(false);
  readonly #load: () => Promise<{ default: C }>;
  #loading: Promise<void> | null = null;

  constructor(load: () => Promise<{ default: C }>) {
    this.#load = load;
  }

  /** Loads it, unless it is there already. False when that failed: it may be tried again. */
  async fetch(): Promise<boolean> {
    await this.#attempt();
    this.failed = this.component === null;
    return !this.failed;
  }

  /** Loads it a moment from now, when the page has done what is more urgent. A failure is no loss: `fetch` tries again. */
  ahead(): void {
    setTimeout(() => void this.#attempt(), 1_500);
  }

  #attempt(): Promise<void> {
    this.#loading ??= this.#load().then(
      (module) => void (this.component = module.default),
      () => void (this.#loading = null),
    );
    return this.#loading;
  }
}
