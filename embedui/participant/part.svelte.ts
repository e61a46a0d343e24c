import type { Component } from 'svelte';
import { type AppMessages, useMessages } from './i18n';
import type { PartName } from './i18n/parts';
import { textsOf } from './i18n/texts';

/** `const part = usePart('X', () => import('./X.svelte'))` in any component of this app. */
export function usePart<C extends Component<any, any, any>>(name: PartName, load: () => Promise<{ default: C }>): Part<C> {
  return new Part(name, load, useMessages());
}

/**
 * A part of the app that is loaded when it is used, as a component: `<part.component … />` shows nothing until
 * `fetch` has resolved. Whatever not everybody needs at once is one, so that a phone begins with little. What is
 * needed also where the connection has gone is fetched `ahead`. Its texts come with it: i18n/parts.ts names them.
 */
export class Part<C extends Component<any, any, any>> {
  component = $state.raw<C | null>(null);
  /** The last `fetch` failed. What the part would have shown has to be said in another way, or tried again. */
  failed = $state(false);
  readonly #load: () => Promise<{ default: C }>;
  #loading: Promise<void> | null = null;

  constructor(name: PartName, load: () => Promise<{ default: C }>, messages: Pick<AppMessages, 'add'>) {
    this.#load = async () => {
      const [module] = await Promise.all([load(), messages.add(name, textsOf(name))]);
      return module;
    };
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
