import { Refusal } from '../../shared/api/errors';
import { wait } from '../../shared/live';
import type { Hold } from '../record/outbox.svelte';

export type UploadState = 'ready' | 'sending' | 'paused' | 'closing' | 'done' | 'failed';

/** A file on its way to the box, which can rest, wait for the box, and be left. */
export abstract class Sending {
  state = $state<UploadState>('ready');
  hold = $state<Hold | null>(null);
  /** How much is on the box. */
  done = $state(0);
  /** Why it cannot go on. */
  problem = $state.raw<unknown>(null);
  protected gone = false;
  readonly #random: (() => number) | undefined;
  #goOn: (() => void) | null = null;
  #tries = 0;

  constructor(random?: () => number) {
    this.#random = random;
  }

  /** Sends all of it and closes the meeting. */
  async run(): Promise<void> {
    this.state = 'sending';
    this.problem = null;
    try {
      await this.send();
      if (!this.gone) this.state = 'done';
    } catch (error) {
      if (this.gone) return;
      this.problem = error;
      this.state = 'failed';
    }
  }

  pause(): void {
    if (this.state === 'sending') this.state = 'paused';
  }

  goOn(): void {
    if (this.state !== 'paused') return;
    this.state = 'sending';
    this.#goOn?.();
  }

  /** Sends no more: the page goes. What is on the box stays there. */
  leave(): void {
    this.gone = true;
    this.#goOn?.();
  }

  /** Sends what is left, as long as nobody leaves; what the box refuses for good is thrown. */
  protected abstract send(): Promise<void>;

  /** Waits while it rests. */
  protected async resting(): Promise<void> {
    while (this.state === 'paused' && !this.gone) await new Promise<void>((resolve) => (this.#goOn = resolve));
  }

  /** Asks the box until it answers; what it refuses for good is thrown. */
  protected async sure<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.hold = null;
        this.#tries = 0;
        return answer;
      } catch (error) {
        if (this.gone || (error instanceof Refusal && !error.passing && error.status !== 401)) throw error;
        this.hold = !(error instanceof Refusal) ? 'unreachable' : error.status === 507 ? 'full' : error.status === 401 ? 'login' : 'busy';
        await new Promise((resolve) => setTimeout(resolve, wait(this.#tries++, this.#random)));
      }
    }
  }
}
